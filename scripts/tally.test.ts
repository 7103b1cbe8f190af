import { expect, test } from "vitest";
import { closingLine, tallyOfRun } from "./tally.ts";

const file = (status: string, ...results: readonly string[]) => ({
  status,
  assertionResults: results.map((result) => ({ status: result })),
});
const run = (...testResults: readonly unknown[]) => ({ testResults });

test("tests are summed over files by what became of them", () => {
  const report = run(
    file("passed", "passed", "passed", "skipped"),
    file("failed", "failed", "passed", "todo"),
  );
  expect(tallyOfRun(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test("a file that could not be loaded is a failure", () => {
  expect(tallyOfRun(run(file("failed"), file("passed", "passed")), 1)).toMatchObject({
    passed: 1,
    failed: 1,
  });
});

test("no report, no tests, and a failing exit without a failing test are failures", () => {
  expect(tallyOfRun(undefined, 0).failed).toBe(1);
  expect(tallyOfRun({ testResults: "?" }, 0).failed).toBe(1);
  expect(tallyOfRun(run(), 0).failed).toBe(1);
  expect(tallyOfRun(run(file("passed", "skipped")), 0)).toEqual({ passed: 0, failed: 1, skipped: 1 });
  expect(tallyOfRun(run(file("passed", "passed")), 1)).toMatchObject({ passed: 1, failed: 1 });
});

test("the closing line names skipped tests only when there are some", () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});
