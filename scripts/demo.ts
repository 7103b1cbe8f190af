import { fileURLToPath } from "node:url";
import type { Browser } from "playwright";
import type { Placement, StageLap } from "../src/page-api.ts";
import { buildPage } from "../src/server/build-page.ts";
import { type RunningServer, startServer } from "../src/server/start-server.ts";
import { launchBrowser } from "./browser.ts";
import { streamAnswer } from "./demo-answer.ts";
import { type DemoSettings, parseDemoSettings } from "./demo-settings.ts";
import { describeFailure } from "./page-failure.ts";
import { createRoom, type Room } from "./room.ts";
import { spreadEvenly } from "./spread.ts";
import type { Tab } from "./tab.ts";
import { formatTable } from "./table.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const screenshot = "demo-dashboard.png";

/** What is opened on the way, so that it is closed however the demo ends. */
interface Opened {
  server?: RunningServer;
  browser?: Browser;
}

async function demo(settings: DemoSettings, opened: Opened): Promise<void> {
  const say = (text: string): void => (settings.json ? undefined : console.log(text));
  const { EDGELOOM_NO_BUILD } = process.env;
  if (EDGELOOM_NO_BUILD !== "1") say("Building the page …");
  const dist = await buildPage(root, EDGELOOM_NO_BUILD === "1");
  opened.server = await startServer({ port: 0, dist });
  opened.browser = await launchBrowser(settings.backend === "webgpu" ? { webgpu: "any" } : {});
  const room = createRoom(opened.browser, opened.server.url);
  say(`Opening ${settings.tabs} tabs at ${opened.server.url} …`);
  const first = await openTabs(room, settings);
  say(`Loading ${settings.model} …\n`);
  const names = await namesOf(first);
  const placement = await loadSpread(first, settings);
  say(`${placementTable(placement, names)}\n`);
  const answer = await streamAnswer(first, settings.prompt, (text) => {
    if (!settings.json) process.stdout.write(text);
  });
  say(`\n\n${stagesTable(answer.stages, names)}\n`);
  const { tokenIds, tokensPerSecond, timeToFirstTokenMs } = answer;
  say(
    `${tokenIds.length} tokens, ${rounded(tokensPerSecond)} per second, the first after ${rounded(timeToFirstTokenMs)} ms`,
  );
  await first.page.screenshot({ path: `${root}${screenshot}`, fullPage: true });
  say(`The dashboard is in ${screenshot}.`);
  if (settings.json) console.log(JSON.stringify({ ...settings, placement, ...answer, screenshot }, null, 2));
}

/** All tabs, every one known to all others; gives the first. */
async function openTabs(room: Room, { tabs, backend }: DemoSettings): Promise<Tab> {
  const first = await room.open({ name: "tab 1", backend });
  for (let number = 2; number <= tabs; number += 1) await room.open({ name: `tab ${number}`, backend });
  for (const tab of room.tabs()) {
    await tab.until(({ devices }) => devices.length === tabs, `${tabs} devices in the room`);
  }
  return first;
}

async function namesOf(tab: Tab): Promise<ReadonlyMap<string, string>> {
  return new Map((await tab.snapshot()).devices.map(({ id, name }) => [id, name]));
}

/** The planner would take as few tabs as it can; the demo shows all of them at work. */
async function loadSpread(tab: Tab, { model }: DemoSettings): Promise<Placement> {
  const plan = await tab.call((ref) => edgeloom.plan({ model: ref }), model);
  if (plan.type === "infeasible") throw new Error(plan.reason);
  const layers = Math.max(...plan.placement.stages.map(({ end }) => end));
  const devices = (await tab.snapshot()).devices.toSorted((a, b) =>
    a.name.localeCompare(b.name, "en", { numeric: true }),
  );
  const placement = spreadEvenly(
    layers,
    devices.map(({ id }) => id),
  );
  return tab.call((request) => edgeloom.load(request), { model, placement });
}

type Names = ReadonlyMap<string, string>;
const namesOfAll = (devices: readonly string[], names: Names): string =>
  devices.map((device) => names.get(device) ?? device).join(", ");
const layersOf = ({ start, end }: { readonly start: number; readonly end: number }): string =>
  end - start === 1 ? `${start}` : `${start}–${end - 1}`;

function placementTable({ stages }: Placement, names: Names): string {
  const rows = stages.map((stage) => [
    namesOfAll(stage.devices, names),
    layersOf(stage),
    [stage.embedding ? "embedding" : "", stage.head ? "head" : ""].filter((part) => part !== "").join(", "),
    rounded(stage.weightBytes / 1024),
  ]);
  return formatTable(["device", "layers", "and", "KiB"], rows);
}

function stagesTable(stages: readonly StageLap[], names: Names): string {
  const rows = stages.map((stage) => [
    namesOfAll([stage.device], names),
    layersOf(stage),
    rounded(stage.computeMs),
    rounded(stage.wireMs),
  ]);
  return formatTable(["device", "layers", "compute ms", "wire ms"], rows);
}

const rounded = (value: number): number => Number(value.toFixed(value < 10 ? 2 : 0));

async function main(): Promise<void> {
  const opened: Opened = {};
  try {
    await demo(parseDemoSettings(process.argv.slice(2)), opened);
  } catch (error) {
    console.error(describeFailure(error));
    process.exitCode = 1;
  } finally {
    await opened.browser?.close();
    await opened.server?.close();
  }
  // PeerServer's timers would keep the process alive.
  process.exit();
}

void main();
