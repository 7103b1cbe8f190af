import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../scripts/browser.ts";
import type { Tab } from "../scripts/tab.ts";
import type { SwarmSnapshot } from "../src/page-api.ts";
import { openRoom, type Site, startSite } from "./harness.ts";
import { loadEvenly, seeEachOther, story, usedBytes, weightBytes } from "./story.ts";

const prompts = ["Once upon a time", "Lily saw a big red ball", "The dog was very happy because"];
const maxTokens = 48;

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const answer = (tab: Tab, prompt: string): Promise<readonly number[]> =>
  tab.call(async (request) => (await edgeloom.generate(request)).tokenIds, {
    prompt,
    maxTokens,
    stopAtEnd: false,
  });

test("[P3] three prompts from three tabs at once: each gets the tokens it gets alone, and no cache stays", async () => {
  const room = openRoom(browser, site);
  const open = (name: string) => room.open({ name, backend: "wasm", threads: 1, slow: 4 });
  const tabs = [await open("Ada"), ...(await Promise.all([open("Ben"), open("Cleo")]))];
  await seeEachOther(tabs);
  const placement = await loadEvenly(tabs[0]!, tabs);
  expect(placement.stages.at(-1)?.end).toBe(story.layers);
  const isAtRest = (seen: SwarmSnapshot): boolean => {
    const weights = weightBytes(placement, seen);
    const used = usedBytes(seen);
    return seen.generations.length === 0 && Object.keys(weights).every((id) => used[id] === weights[id]);
  };
  for (const tab of tabs) await tab.until(isAtRest, "only the weights");

  const alone: (readonly number[])[] = [];
  for (const [index, prompt] of prompts.entries()) alone.push(await answer(tabs[index]!, prompt));
  // Answers that were all the same would not tell one cache from another.
  expect(new Set(alone.map((ids) => ids.join())).size).toBe(prompts.length);
  for (const tab of tabs) await tab.until(isAtRest, "no caches after answers one by one");

  const together = Promise.all(prompts.map((prompt, index) => answer(tabs[index]!, prompt)));
  const [, answers] = await Promise.all([
    // They really run at the same time, from three devices.
    tabs[0]!.until(
      ({ generations }) => new Set(generations.map(({ device }) => device)).size === 3,
      "three generations at once",
    ),
    together,
  ]);
  expect(answers).toEqual(alone);
  for (const tab of tabs) await tab.until(isAtRest, "no caches after answers at once");
});
