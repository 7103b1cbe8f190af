import * as v from "valibot";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const noneYet: Tally = { passed: 0, failed: 0, skipped: 0 };
export const onePassed: Tally = { passed: 1, failed: 0, skipped: 0 };
export const oneFailed: Tally = { passed: 0, failed: 1, skipped: 0 };

export const sumOf = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

const reportSchema = v.object({
  testResults: v.array(
    v.object({
      status: v.string(),
      assertionResults: v.array(v.object({ status: v.string() })),
    }),
  ),
});

/**
 * The tally of one Vitest run, from its JSON report and its exit code. A file that failed outside of its tests counts as a failed
 * test, and so does a run that left no report, that ran nothing, or that failed without saying where.
 */
export function tallyOfRun(report: unknown, exitCode: number): Tally {
  const parsed = v.safeParse(reportSchema, report);
  if (!parsed.success) return oneFailed;
  const counted = parsed.output.testResults.map(tallyOfFile).reduce(sumOf, noneYet);
  const ranNothing = counted.passed + counted.failed === 0;
  const failedSilently = exitCode !== 0 && counted.failed === 0;
  return ranNothing || failedSilently ? sumOf(counted, oneFailed) : counted;
}

type FileReport = v.InferOutput<typeof reportSchema>["testResults"][number];

function tallyOfFile({ status, assertionResults }: FileReport): Tally {
  const count = (wanted: string): number =>
    assertionResults.filter((result) => result.status === wanted).length;
  const [passed, failed] = [count("passed"), count("failed")];
  const skipped = assertionResults.length - passed - failed;
  return { passed, failed: status === "failed" && failed === 0 ? 1 : failed, skipped };
}

/** The line that ends a test run. */
export const closingLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
