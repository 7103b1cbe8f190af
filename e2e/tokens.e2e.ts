import type { Browser } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../scripts/browser.ts";
import type { Spread } from "../scripts/spread.ts";
import type { Tab } from "../scripts/tab.ts";
import type { GenerateRequest, GenerateResult, SwarmSnapshot } from "../src/page-api.ts";
import { openRoom, type Site, startSite } from "./harness.ts";
import { ask, loadAs, loadEvenly, orWhyNot, seeEachOther, story, usedBytes, weightBytes } from "./story.ts";

const names = ["Ada", "Ben", "Cleo", "Dora", "Emil"];
const sampling = { temperature: 0.9, topK: 40, topP: 0.95, seed: 7, maxTokens: 24 };

let site: Site;
/** The greedy answer of one tab that holds the whole model. */
let whole: GenerateResult;
beforeAll(async () => {
  site = await startSite();
});
afterAll(async () => {
  await site?.close();
});

const generate = (tab: Tab, request: GenerateRequest): Promise<GenerateResult> =>
  tab.call((given) => edgeloom.generate(given), request);

const evaluate = (tab: Tab, sequence: readonly number[]) =>
  tab.call(
    async (sequences) => {
      const { loss, lastLogits } = await edgeloom.evaluate({ sequences });
      return { loss, lastLogits: [...lastLogits] };
    },
    [sequence],
  );

describe("on WASM", () => {
  let browser: Browser;
  /** Holds no slice, whatever is placed. */
  let client: Tab;
  let devices: readonly Tab[];
  let wholeSampled: GenerateResult;

  // One room for all: what differs is where the layers are.
  beforeAll(async () => {
    browser = await launchBrowser();
    const room = openRoom(browser, site, { keep: true });
    client = await room.open({ name: "Client", role: "client" });
    devices = await Promise.all(names.map((name) => room.open({ name, backend: "wasm", threads: 1 })));
    await seeEachOther([client, ...devices]);
    await loadEvenly(client, devices.slice(0, 1));
    whole = await generate(client, ask());
    wholeSampled = await generate(client, ask(sampling));
  });
  afterAll(async () => {
    await browser?.close();
  });

  test.skipIf(story.answer === null)(
    `greedy decoding gives the sentence the checkpoint is known for${orWhyNot}`,
    () => {
      expect(whole.text).toBe(story.answer);
      expect(whole.finish).toBe("length");
    },
  );

  test("the prompt's ids are those that tokenize gives, and text is what the tokens say", async () => {
    expect(await client.call((text) => edgeloom.tokenize(text), story.prompt)).toEqual(whole.promptIds);
    const again = await generate(devices[0]!, { promptIds: whole.promptIds, maxTokens: story.tokens });
    expect(again).toMatchObject({ tokenIds: whole.tokenIds, text: whole.text, promptIds: whole.promptIds });
    expect(whole.tokenIds).toHaveLength(story.tokens);
  });

  test.each([2, 3, 5])("[P3] over %i tabs the tokens are those of one tab, whoever asks", async (count) => {
    const holders = devices.slice(0, count);
    const { stages } = await loadEvenly(client, holders);
    expect(stages.map((stage) => stage.devices)).toEqual(
      await Promise.all(holders.map(async (tab) => [await tab.id()])),
    );
    const fromClient = await generate(client, ask());
    expect(fromClient).toMatchObject({ tokenIds: whole.tokenIds, text: whole.text });
    // From a holder in the middle or at the end of the ring too, in a shorter answer.
    const fromLast = await generate(holders.at(-1)!, ask({ maxTokens: 8 }));
    expect(fromLast.tokenIds).toEqual(whole.tokenIds.slice(0, 8));
  });

  test("[P3] so are they where one device holds the first and the last layers", async () => {
    const [ada, ben] = await Promise.all(devices.slice(0, 2).map((tab) => tab.id()));
    const cuts: Spread = [
      { device: ada!, start: 0, end: 1 },
      { device: ben!, start: 1, end: story.layers - 1 },
      { device: ada!, start: story.layers - 1, end: story.layers },
    ];
    const placement = await loadAs(devices[1]!, cuts);
    expect(placement.stages.map(({ embedding, head }) => [embedding, head])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
    for (const asker of [client, devices[0]!, devices[1]!, devices[2]!]) {
      const { tokenIds } = await generate(asker, ask({ maxTokens: 12 }));
      expect(tokenIds).toEqual(whole.tokenIds.slice(0, 12));
    }
    expect((await generate(client, ask())).tokenIds).toEqual(whole.tokenIds);
  });

  test("[P3] sampled with a seed, an answer repeats itself, and over three tabs too", async () => {
    expect(wholeSampled.tokenIds).not.toEqual(whole.tokenIds.slice(0, sampling.maxTokens));
    await loadEvenly(client, devices.slice(2, 5));
    for (const asker of [client, devices[3]!])
      expect((await generate(asker, ask(sampling))).tokenIds).toEqual(wholeSampled.tokenIds);
    const other = await generate(client, ask({ ...sampling, seed: sampling.seed + 1 }));
    expect(other.tokenIds).not.toEqual(wholeSampled.tokenIds);
  });

  test("[P1] over three tabs, loss and logits are those of one tab to 1e-4", async () => {
    const sequence = [...whole.promptIds, ...whole.tokenIds];
    await loadEvenly(client, devices.slice(0, 3));
    const split = await evaluate(client, sequence);
    await loadEvenly(client, devices.slice(3, 4));
    const unsplit = await evaluate(client, sequence);
    expect(split.lastLogits).toHaveLength(unsplit.lastLogits.length);
    expect(Math.abs(split.loss - unsplit.loss)).toBeLessThan(1e-4);
    const difference = unsplit.lastLogits.map((logit, id) => Math.abs(logit - split.lastLogits[id]!));
    expect(Math.max(...difference)).toBeLessThan(1e-4);
    // What the logits favour is what greedy decoding takes next.
    const next = await evaluate(client, whole.promptIds);
    expect(next.lastLogits.indexOf(Math.max(...next.lastLogits))).toBe(whole.tokenIds[0]);
    // The model's own words surprise it less than the same words backwards.
    expect((await evaluate(client, sequence.toReversed())).loss).toBeGreaterThan(unsplit.loss);
  });

  test("[P3] streamed tokens are those of the whole answer, in time's order", async () => {
    await loadEvenly(client, devices.slice(0, 2));
    const events = await client.call(async (request) => {
      const events: { id: number; text: string; atMs: number }[] = [];
      for await (const event of edgeloom.stream(request)) events.push(event);
      return events;
    }, ask());
    expect(events.map(({ id }) => id)).toEqual(whole.tokenIds);
    expect(events.map(({ text }) => text).join("")).toBe(whole.text);
    const times = events.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});

describe("leaving the loop of a stream", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test("cancels the generation and frees its caches on every stage", async () => {
    const room = openRoom(browser, site);
    const asker = await room.open({ name: "Ada", backend: "wasm", threads: 1, slow: 20 });
    const others = ["Ben", "Cleo"].map((name) => room.open({ name, backend: "wasm", threads: 1, slow: 20 }));
    const tabs = [asker, ...(await Promise.all(others))];
    await seeEachOther(tabs);
    const placement = await loadEvenly(asker, tabs);
    const isAtRest = (seen: SwarmSnapshot): boolean =>
      seen.generations.length === 0 && sameBytes(usedBytes(seen), weightBytes(placement, seen));
    for (const tab of tabs) await tab.until(isAtRest, "only the weights");

    const request = ask({ maxTokens: 150, stopAtEnd: false });
    const left = await asker.call(leaveFuller, {
      request,
      weights: weightBytes(placement, await asker.snapshot()),
    });
    expect(left.seen).toBe(3);
    // It was far from its end: what empties the room below is the leaving.
    expect(left.tokens).toBeLessThan(request.maxTokens / 2);
    const leftAt = performance.now();
    for (const tab of tabs) await tab.until(isAtRest, "the caches' bytes back");
    expect(performance.now() - leftAt).toBeLessThan(left.restMs / 2);
  });
});

const sameBytes = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean =>
  Object.entries(a).every(([id, bytes]) => b[id] === bytes);

interface Leaving {
  readonly request: GenerateRequest;
  readonly weights: Readonly<Record<string, number>>;
}

/** In the page: leaves a stream after three tokens and once every device tells of caches beside its weights. */
async function leaveFuller({ request, weights }: Leaving) {
  const startedAt = performance.now();
  let seen = 0;
  for await (const _event of edgeloom.stream(request)) {
    seen += 1;
    if (seen < 3) continue;
    // Bytes are told when a generation ends: another, short one shows what this one holds.
    await edgeloom.generate({ ...request, maxTokens: 1 });
    await new Promise<void>((resolve) => {
      const stop = edgeloom.subscribe(({ devices }) => {
        if (!devices.every(({ id, memoryUsedBytes }) => memoryUsedBytes > (weights[id] ?? 0))) return;
        stop();
        resolve();
      });
    });
    break;
  }
  const tokens = Math.max(0, ...edgeloom.snapshot().generations.map((running) => running.tokens));
  const msPerToken = (performance.now() - startedAt) / Math.max(1, tokens);
  return { seen, tokens, restMs: msPerToken * (request.maxTokens - tokens) };
}

describe("on WebGPU (Chromium's software adapter)", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser({ webgpu: "software" });
  });
  afterAll(async () => {
    await browser?.close();
  });

  test("[P3] [G3] over one and two tabs the tokens are those of WASM", async () => {
    const maxTokens = 10;
    const room = openRoom(browser, site);
    const ada = await room.open({ name: "Ada", backend: "webgpu" });
    const ben = await room.open({ name: "Ben", backend: "webgpu" });
    await seeEachOther([ada, ben]);
    const { devices } = await ada.snapshot();
    expect(devices.map(({ backend }) => backend)).toEqual(["webgpu", "webgpu"]);
    for (const holders of [[ada], [ada, ben]]) {
      await loadEvenly(ada, holders);
      const { tokenIds } = await generate(ben, ask({ maxTokens }));
      expect(tokenIds).toEqual(whole.tokenIds.slice(0, maxTokens));
    }
  });
});
