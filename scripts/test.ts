import { findBrowser } from "./browser.ts";
import { runCommand } from "./command.ts";
import { closingLine, noneYet, oneFailed, onePassed, sumOf, type Tally } from "./tally.ts";
import { runVitest } from "./vitest-run.ts";

const minuteMs = 60_000;

/** Everything, in order: checks, unit tests, build, tests in a browser, end to end. One failure stops nothing that can still run. */
async function allSteps(): Promise<Tally> {
  let tally = noneYet;
  for (const script of ["types", "lint", "rooms", "dead"]) tally = sumOf(tally, await runScript(script));
  title("unit");
  tally = sumOf(tally, await runVitest({ config: "vitest.config.ts", timeoutMs: 15 * minuteMs }));
  const built = await runScript("build");
  return sumOf(sumOf(tally, built), await runInBrowser(built.failed === 0));
}

async function runScript(script: string): Promise<Tally> {
  title(script);
  const code = await runCommand("npm", ["run", "-s", script], { timeoutMs: 10 * minuteMs });
  if (code !== 0) console.log(`${script}: failed with exit code ${code}`);
  return code === 0 ? onePassed : oneFailed;
}

async function runInBrowser(isBuilt: boolean): Promise<Tally> {
  title("browser");
  const found = await findBrowser().catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  if (typeof found === "string") {
    console.log(found);
    return sumOf(oneFailed, oneFailed);
  }
  console.log(`${found.executablePath} (${found.how})`);
  const environment = { CHROMIUM_PATH: found.executablePath };
  const units = await runVitest({
    config: "vitest.browser.config.ts",
    timeoutMs: 20 * minuteMs,
    environment,
  });
  title("end to end");
  if (!isBuilt) {
    console.log("Not run: there is no page, for the build failed.");
    return sumOf(units, oneFailed);
  }
  return sumOf(
    units,
    await runVitest({ config: "vitest.e2e.config.ts", timeoutMs: 45 * minuteMs, environment }),
  );
}

const title = (text: string): void => console.log(`\n— ${text}`);

async function main(): Promise<never> {
  const tally = await allSteps().catch((error: unknown) => {
    console.error(error);
    return oneFailed;
  });
  console.log(`\n${closingLine(tally)}`);
  // Handles that a step left behind must not keep a finished run alive.
  process.exit(tally.failed > 0 ? 1 : 0);
}

void main();
