import { unlink } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoadRequest } from "../src/page-api.ts";
import { type FileServer, serveFiles } from "../src/tensor/testing/file-server.ts";
import { brokenModels, good, secondShard } from "./model-folders.ts";
import {
  askPanel,
  expectAnswers,
  expectError,
  expectNote,
  generate,
  load,
  loadInDashboard,
  openPair,
  type Pair,
} from "./pair.ts";

let pair: Pair;
beforeAll(async () => {
  pair = await openPair();
});
afterAll(() => pair?.close());

describe("while no model is loaded", () => {
  test("whoever asks is told to load one, and the prompt box waits", async () => {
    for (const tab of pair.tabs) {
      await expectError(generate(tab, { prompt: "Once", maxTokens: 4 }), "InvalidRequest", ["load"]);
      await expectError(
        tab.call(() => edgeloom.tokenize("Once")),
        "InvalidRequest",
        ["load"],
      );
      const evaluated = tab.call(() => edgeloom.evaluate({ sequences: [[1, 2]] }));
      await expectError(evaluated, "InvalidRequest", ["load"]);
      await askPanel(tab).getByLabel("Prompt").fill("Once");
      expect(await askPanel(tab).getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
    }
  });
});

describe("a model that can't be loaded leaves the placed one in place", () => {
  beforeAll(() => load(pair.tabs[0], pair.request));

  test.each([
    ...brokenModels,
    { id: "nowhere", name: "Unreachable" as const, facts: ["nowhere/config.json", "404"] },
    { id: "../secret", name: "InvalidRequest" as const, facts: ["../secret"] },
    { id: "http://127.0.0.1:9/none", name: "Unreachable" as const, facts: ["127.0.0.1:9"] },
  ])("$name: $id", async ({ id, name, facts }) => {
    for (const tab of pair.tabs) {
      await expectError(load(tab, { model: id }), name, facts);
      await expectError(
        tab.call((model) => edgeloom.plan({ model }), id),
        name,
        facts,
      );
    }
    await expectNote(await loadInDashboard(pair.tabs[1], id), name, facts);
    await expectAnswers(pair.tabs);
  });

  test.each<{ readonly title: string; readonly request: LoadRequest; readonly facts: readonly string[] }>([
    { title: "weights that aren't implemented", request: { model: "good", weights: "q4" }, facts: ["q4"] },
    { title: "replicas", request: { model: "good", replicas: 2 }, facts: ["replicas"] },
    { title: "a model without a name", request: { model: "" }, facts: ["model"] },
    {
      title: "a device that isn't here",
      request: { model: "good", placement: [{ device: "el-nobody", start: 0, end: 3 }] },
      facts: ["el-nobody"],
    },
    {
      title: "only absent devices",
      request: { model: "good", devices: ["el-nobody"] },
      facts: ["el-nobody"],
    },
  ])("InvalidRequest: $title", async ({ request, facts }) => {
    for (const tab of pair.tabs) await expectError(load(tab, request), "InvalidRequest", facts);
    await expectAnswers(pair.tabs);
  });

  test.each([
    { title: "ends early", ranges: [[0, 2]], facts: ["2", "3"] },
    {
      title: "leaves a hole",
      ranges: [
        [0, 1],
        [2, 3],
      ],
      facts: ["2", "1"],
    },
    {
      title: "covers a layer twice",
      ranges: [
        [0, 2],
        [1, 3],
      ],
      facts: ["1", "2"],
    },
    {
      title: "goes beyond the last layer",
      ranges: [
        [0, 1],
        [1, 4],
      ],
      facts: ["4", "3"],
    },
    {
      title: "runs backwards",
      ranges: [
        [0, 3],
        [3, 1],
      ],
      facts: ["[3, 1)"],
    },
  ])("InvalidRequest: a placement that $title", async ({ ranges, facts }) => {
    const placement = ranges.map(([start = 0, end = 0], index) => ({ device: pair.ids[index]!, start, end }));
    for (const tab of pair.tabs)
      await expectError(load(tab, { model: "good", placement }), "InvalidRequest", ["placement", ...facts]);
    await expectAnswers(pair.tabs);
  });

  test("InvalidRequest: what this version doesn't have names itself", async () => {
    for (const tab of pair.tabs) {
      const finetuned = tab.call(() =>
        edgeloom.finetune({
          method: { type: "full" },
          data: { sequences: [[1, 2]] },
          optimizer: { type: "sgd", learningRate: 1 },
          batchSize: 1,
          steps: 1,
        }),
      );
      await expectError(finetuned, "InvalidRequest", ["finetune"]);
      await expectError(
        tab.call(() => edgeloom.exportWeights("job")),
        "InvalidRequest",
        ["exportWeights"],
      );
      await expectError(
        tab.call(() => edgeloom.setAdapter(null)),
        "InvalidRequest",
        ["setAdapter"],
      );
    }
    await expectAnswers(pair.tabs);
  });
});

describe("a model that breaks while it is loaded", () => {
  test("a shard that vanished after its header was read: CorruptCheckpoint, and then another model", async () => {
    const request = { ...pair.request, model: "vanishing" };
    await load(pair.tabs[0], request);
    await expectAnswers(pair.tabs);
    await pair.tabs[0].call(() => edgeloom.unload());
    await unlink(pair.folders.path("vanishing", secondShard));
    for (const tab of pair.tabs) await expectError(load(tab, request), "CorruptCheckpoint", [secondShard]);
    for (const tab of pair.tabs) await tab.until((seen) => seen.placement === null, "nothing placed", 5000);
    for (const tab of pair.tabs) {
      await tab.until(
        ({ devices }) => devices.some(({ failure }) => failure !== null),
        "whose failure it was",
      );
      const note = tab.page.getByTestId("device").getByTestId("error").first();
      await expectNote(note, "CorruptCheckpoint", [secondShard]);
    }
    await expectNote(await loadInDashboard(pair.tabs[1], "vanishing"), "CorruptCheckpoint", [secondShard]);
    await load(pair.tabs[1], pair.request);
    await expectAnswers(pair.tabs);
    for (const tab of pair.tabs)
      await tab.until(
        ({ devices }) => devices.every(({ failure }) => failure === null),
        "failures forgotten",
      );
  });
});

describe("servers", () => {
  const servers: FileServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server.close();
  });
  const serve = async (options: {
    readonly ranges: boolean;
    readonly cors: boolean;
  }): Promise<FileServer> => {
    const server = await serveFiles(good.files, {
      ranges: options.ranges,
      intercept: (request, response) => {
        if (!options.cors) return false;
        response.setHeader("Access-Control-Allow-Origin", "*");
        response.setHeader("Access-Control-Allow-Headers", "range");
        if (request.method === "OPTIONS") response.writeHead(204).end();
        return request.method === "OPTIONS";
      },
    });
    servers.push(server);
    return server;
  };

  test("that ignore ranges still serve a model", async () => {
    const { url } = await serve({ ranges: false, cors: true });
    await load(pair.tabs[1], { model: url });
    await expectAnswers(pair.tabs);
  });

  test("of another origin that don't allow this one: Unreachable", async () => {
    const { url } = await serve({ ranges: true, cors: false });
    for (const tab of pair.tabs)
      await expectError(load(tab, { model: url }), "Unreachable", [url, "cross-origin"]);
    await expectNote(await loadInDashboard(pair.tabs[0], url), "Unreachable", [url]);
    await expectAnswers(pair.tabs);
  });
});
