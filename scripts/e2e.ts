import { fileURLToPath } from "node:url";
import { buildPage } from "../src/server/build-page.ts";
import { findBrowser } from "./browser.ts";
import { closingLine } from "./tally.ts";
import { runVitest } from "./vitest-run.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The end-to-end tests alone: `npm run e2e`, with file filters after `--`. */
async function main(): Promise<void> {
  const { executablePath, how } = await findBrowser();
  console.log(`Browser: ${executablePath} (${how})`);
  const { EDGELOOM_NO_BUILD } = process.env;
  await buildPage(root, EDGELOOM_NO_BUILD === "1");
  const tally = await runVitest({
    config: "vitest.e2e.config.ts",
    timeoutMs: 45 * 60_000,
    environment: { CHROMIUM_PATH: executablePath },
    parameters: process.argv.slice(2),
  });
  console.log(closingLine(tally));
  process.exitCode = tally.failed > 0 ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
