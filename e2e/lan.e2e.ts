import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../scripts/browser.ts";
import type { Tab } from "../scripts/tab.ts";
import { openRoom, type Site, sharedModelsFolder, startSite } from "./harness.ts";
import { ask, loadEvenly, orWhyNot, seeEachOther, story } from "./story.ts";

const file = "model.safetensors";
/** The dashboards look at the header of the model they propose, so other models are asked for as well. */
const path = `/models/${story.model}/${file}`;
const bundledFolder = fileURLToPath(new URL("../public/models", import.meta.url));

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});

/** Runs with a server that is closed whatever happens. */
async function withSite(https: boolean, run: (site: Site) => Promise<void>): Promise<void> {
  const site = await startSite({ https });
  try {
    await run(site);
  } finally {
    await site.close();
  }
}

test("over https, a second profile joins by the LAN address, takes a slice, and the tokens are right", ({
  skip,
}) =>
  withSite(true, async (site) => {
    const lan = site.lanUrls[0];
    if (!lan) return skip("this machine has no address but its own, so there is no LAN to join by");
    const room = openRoom(browser, site);
    const here = await room.open({ name: "Here", backend: "wasm", threads: 1 });
    const there = await room.open({
      name: "There",
      backend: "wasm",
      threads: 1,
      ownProfile: true,
      origin: new URL(lan).origin,
    });
    const view = await there.call(() => ({
      origin: location.origin,
      isSecureContext,
      crossOriginIsolated,
      hasGpuInterface: "gpu" in navigator,
    }));
    expect(view).toMatchObject({
      origin: new URL(lan).origin,
      isSecureContext: true,
      crossOriginIsolated: true,
    });
    expect(new URL(lan).protocol).toBe("https:");
    expect(new URL(here.page.url()).hostname).toBe("localhost");

    await seeEachOther([here, there]);
    const oneTab = await loadEvenly(here, [here]);
    expect(oneTab.stages).toHaveLength(1);
    const alone = await here.call((request) => edgeloom.generate(request), ask());
    const { stages } = await loadEvenly(here, [here, there]);
    expect(stages[1]?.devices).toEqual([await there.id()]);
    for (const tab of [here, there]) {
      const { text, tokenIds } = await tab.call((request) => edgeloom.generate(request), ask());
      expect(tokenIds).toEqual(alone.tokenIds);
      if (story.answer !== null) expect(text).toBe(story.answer);
    }
    expect([...here.errors, ...there.errors]).toEqual([]);
  }));

test(`a tab fetches no byte of a tensor it doesn't hold`, () =>
  withSite(false, async (site) => {
    const { dataStart, tensors } = await readHeader();
    const room = openRoom(browser, site);
    // Profiles of their own, so that no cache of the browser answers for the server.
    const open = (name: string) => room.open({ name, backend: "wasm", threads: 1, ownProfile: true });
    const tabs = [await open("Ada"), await open("Ben")] as const;
    const asked = tabs.map(rangesAskedBy);
    await seeEachOther(tabs);
    site.forget();
    const { stages } = await loadEvenly(tabs[1], tabs);

    const served = site.requests.filter((request) => request.path === path);
    const gets = served.filter(({ bytesSent }) => bytesSent > 0);
    for (const { status, range, bytesSent } of gets) {
      expect({ status, bytesSent }).toEqual({ status: 206, bytesSent: lengthOf(parseRange(range)) });
    }
    const isWeights = ({ start }: Range): boolean => start >= dataStart;
    const sent = gets.map(({ range }) => parseRange(range));
    // No request straddles the header's end.
    expect(sent.filter(({ start, end }) => start < dataStart && end > dataStart)).toEqual([]);
    // Who asked is seen in the browser, what was sent at the server, and the two agree.
    expect(asked.flat().filter(isWeights).toSorted(byStart)).toEqual(
      sent.filter(isWeights).toSorted(byStart),
    );

    for (const [k, stage] of stages.entries()) {
      const held = tensors.filter(({ name }) => isHeld(name, stage));
      const own = asked[k]!.filter(isWeights);
      expect(merged(own)).toEqual(merged(held));
      // Not a byte twice either, and what the placement promises is what was fetched.
      expect(total(own)).toBe(total(held));
      expect(total(own)).toBe(stage.weightBytes);
    }
    const embedding = tensors.filter(({ name }) => name === "model.embed_tokens.weight");
    expect(total(sent.filter(isWeights))).toBe(total(tensors) + total(embedding));
  }));

interface Range {
  readonly start: number;
  readonly end: number;
}

const lengthOf = ({ start, end }: Range): number => end - start;
const total = (ranges: readonly Range[]): number => ranges.reduce((sum, range) => sum + lengthOf(range), 0);
const byStart = (a: Range, b: Range): number => a.start - b.start || a.end - b.end;

/** `bytes=a-b` as [a, b+1). */
function parseRange(text: string | null | undefined): Range {
  const match = /^bytes=(\d+)-(\d+)$/.exec(text ?? "");
  if (!match) throw new Error(`the weights were asked for with the range ${text ?? "of the whole file"}`);
  return { start: Number(match[1]), end: Number(match[2]) + 1 };
}

/** The same bytes in the fewest ranges. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  for (const { start, end } of ranges.toSorted(byStart)) {
    const last = result.at(-1);
    if (last && start <= last.end)
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else result.push({ start, end });
  }
  return result;
}

/** Ranges of the weights' file that this tab's threads ask for from now on; the list grows. */
function rangesAskedBy({ page }: Tab): readonly Range[] {
  const ranges: Range[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === path && request.method() === "GET")
      ranges.push(parseRange(request.headers()["range"]));
  });
  return ranges;
}

/** The tensors of the story's checkpoint with their places in the file, read here and not by the code under test. */
async function readHeader() {
  const folder = orWhyNot === "" ? sharedModelsFolder : bundledFolder;
  const bytes = await readFile(join(folder, story.model, file));
  const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { data_offsets: readonly [number, number] }> = JSON.parse(
    bytes.toString("utf8", 8, dataStart),
  );
  const tensors = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(
      ([
        name,
        {
          data_offsets: [start, end],
        },
      ]) => ({
        name,
        start: dataStart + start,
        end: dataStart + end,
      }),
    );
  return { dataStart, tensors };
}

interface Slice {
  readonly start: number;
  readonly end: number;
  readonly embedding: boolean;
  readonly head: boolean;
}

/** Both checkpoints tie their head to the embedding, so the first and the last slice hold it. */
function isHeld(name: string, { start, end, embedding, head }: Slice): boolean {
  const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1];
  if (layer !== undefined) return Number(layer) >= start && Number(layer) < end;
  return name === "model.embed_tokens.weight" ? embedding || head : head;
}
