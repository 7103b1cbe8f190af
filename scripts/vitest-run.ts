import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "./command.ts";
import { type Tally, tallyOfRun } from "./tally.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface VitestRun {
  readonly config: string;
  readonly timeoutMs: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Further arguments, e.g. file filters. */
  readonly parameters?: readonly string[];
}

/** Runs Vitest with one configuration, its output on ours, and counts what became of the tests. */
export async function runVitest({
  config,
  timeoutMs,
  environment = {},
  parameters = [],
}: VitestRun): Promise<Tally> {
  const report = join(root, "test-results", `${config}.json`);
  await mkdir(dirname(report), { recursive: true });
  // An old report must not speak for a run that never wrote one.
  await rm(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const run = [vitest, "run", "--config", join(root, config), ...reporters, ...parameters];
  const exitCode = await runCommand(process.execPath, run, { timeoutMs, environment });
  return tallyOfRun(await readJson(report), exitCode);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}
