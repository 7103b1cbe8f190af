import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright";
import { buildPage } from "../src/server/build-page.ts";
import { type RunningServer, startServer } from "../src/server/start-server.ts";
import { rawRoundTripMs } from "./bench-links.ts";
import { machineOf } from "./bench-machine.ts";
import { type Measured, measure } from "./bench-measure.ts";
import { type BenchModel, provideModels, smolModel, tinyModel } from "./bench-models.ts";
import { type BenchReport, formatReport, type ModelReport } from "./bench-report.ts";
import { type BenchRoom, openBenchRoom } from "./bench-room.ts";
import { type BenchSettings, parseBenchSettings } from "./bench-settings.ts";
import { launchBrowser } from "./browser.ts";
import { describeFailure } from "./page-failure.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** One token's hidden states of the larger model, in f32. */
const rawMessageBytes = 576 * 4;

/** What is opened on the way, so that it is closed however the bench ends. */
interface Opened {
  server?: RunningServer;
  browser?: Browser;
}

async function bench(settings: BenchSettings, opened: Opened): Promise<BenchReport> {
  const say = (text: string): void => (settings.json ? undefined : console.error(text));
  const models = modelsOf(settings);
  const { EDGELOOM_NO_BUILD } = process.env;
  if (EDGELOOM_NO_BUILD !== "1") say("Building the page …");
  const dist = await buildPage(root, EDGELOOM_NO_BUILD === "1");
  say("Providing the models …");
  const mounts = await provideModels(models, join(root, ".cache", "bench-models"));
  opened.server = await startServer({ port: 0, dist, mounts });
  opened.browser = await launchBrowser(settings.backend === "webgpu" ? { webgpu: "any" } : {});
  const room = await openBenchRoom(opened.browser, opened.server.url, settings);
  const [asker] = room.tabs;
  if (!asker) throw new Error("a bench needs at least one tab");
  const reports: ModelReport[] = [];
  for (const model of models) reports.push(await benchModel(room, model, { settings, say }));
  const own = (await asker.tab.snapshot()).devices.find(({ id }) => id === asker.id);
  return {
    machine: machineOf(opened.browser),
    backend: own?.backend ?? settings.backend,
    threads: own?.threads ?? 0,
    rounds: settings.rounds,
    tokens: settings.tokens,
    rawRoundTripMs: await rawRoundTripMs(asker.tab, rawMessageBytes),
    models: reports,
  };
}

/** The generated ones can also be had alone, by their ids. */
function modelsOf({ model }: BenchSettings): readonly BenchModel[] {
  const generated = [tinyModel, smolModel];
  if (model === null) return generated;
  return [generated.find(({ id }) => id === model) ?? { id: model, what: "as given", request: null }];
}

interface Course {
  readonly settings: BenchSettings;
  say(text: string): void;
}

async function benchModel(room: BenchRoom, model: BenchModel, course: Course): Promise<ModelReport> {
  const { tabs, rounds, tokens } = course.settings;
  const placements: Measured[] = [];
  for (let count = 1; count <= tabs; count += 1) {
    course.say(`${model.id} on ${count} of ${tabs} tabs …`);
    placements.push(await measure(room, count, { ref: model.id, rounds, tokens }));
  }
  return { model: model.id, what: model.what, placements };
}

async function main(): Promise<void> {
  const opened: Opened = {};
  try {
    const settings = parseBenchSettings(process.argv.slice(2));
    const report = await bench(settings, opened);
    console.log(settings.json ? JSON.stringify(report, null, 2) : formatReport(report));
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
