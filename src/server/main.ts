import { fileURLToPath } from "node:url";
import { renderUnicodeCompact } from "uqr";
import { buildPage } from "./build-page.ts";
import { parseSettings, portFailure, type Settings } from "./settings.ts";
import { type RunningServer, startServer } from "./start-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function main(): Promise<void> {
  const settings = parseSettings(process.env, process.argv.slice(2));
  if (!settings.reuseBuild) console.log("Building the page …");
  const dist = await buildPage(root, settings.reuseBuild);
  const server = await start(settings, dist);
  console.log(greeting(server, settings));
  const stop = (): void => {
    // PeerServer's timers can't be stopped, so the process is ended rather than left to run dry.
    const end = (): void => process.exit(0);
    server.close().then(end, end);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

async function start(settings: Settings, dist: string): Promise<RunningServer> {
  const { port, https } = settings;
  try {
    return await startServer({ port, https, dist, cache: `${root}.cache` });
  } catch (error) {
    throw portFailure(error, port);
  }
}

function greeting({ url, lanUrls }: RunningServer, { https }: Settings): string {
  const lines = ["", `  Edgeloom runs at  ${url}`];
  for (const lanUrl of lanUrls) lines.push(`  on your network   ${lanUrl}`);
  const [firstLanUrl] = lanUrls;
  if (firstLanUrl !== undefined) lines.push("", indented(renderUnicodeCompact(firstLanUrl)));
  lines.push("", `  ${https ? certificateHint : httpHint}`, "  Ctrl+C stops it.", "");
  return lines.join("\n");
}

const indented = (block: string): string => block.replaceAll(/^/gm, "  ");
const certificateHint = "Its certificate is self-signed: each device warns once; choose to go on.";
const httpHint = "Phones need https to compute: npm run start:lan.";

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
