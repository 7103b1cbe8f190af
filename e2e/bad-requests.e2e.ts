import type { Locator } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GenerateRequest } from "../src/page-api.ts";
import {
  askPanel,
  expectAnswers,
  expectError,
  expectNote,
  generate,
  load,
  openPair,
  type Pair,
  promptIds,
} from "./pair.ts";

let pair: Pair;
beforeAll(async () => {
  pair = await openPair();
  await load(pair.tabs[0], pair.request);
});
afterAll(() => pair?.close());

const contextLength = 128;

describe("a request that makes no sense", () => {
  const long = Array.from({ length: contextLength + 1 }, () => 9);
  test.each<{ readonly title: string; readonly request: GenerateRequest; readonly facts: readonly string[] }>(
    [
      { title: "no prompt", request: { maxTokens: 4 }, facts: ["prompt"] },
      { title: "an empty prompt", request: { prompt: "", maxTokens: 4 }, facts: ["prompt"] },
      { title: "no ids", request: { promptIds: [], maxTokens: 4 }, facts: ["promptIds"] },
      {
        title: "two prompts",
        request: { prompt: "a", promptIds: [1], maxTokens: 4 },
        facts: ["exactly one"],
      },
      {
        title: "longer than the context",
        request: { promptIds: long, maxTokens: 4 },
        facts: [String(long.length), String(contextLength)],
      },
      { title: "an unknown token id", request: { promptIds: [5, 300], maxTokens: 4 }, facts: ["300"] },
      { title: "a negative token id", request: { promptIds: [5, -1], maxTokens: 4 }, facts: ["promptIds"] },
      { title: "no tokens", request: { promptIds, maxTokens: 0 }, facts: ["maxTokens"] },
      {
        title: "a cold temperature",
        request: { promptIds, maxTokens: 4, temperature: -1 },
        facts: ["temperature"],
      },
      { title: "topP of 0", request: { promptIds, maxTokens: 4, topP: 0 }, facts: ["topP"] },
      {
        title: "a speculation that isn't implemented",
        request: { promptIds, maxTokens: 4, speculation: "prompt-lookup" },
        facts: ["prompt-lookup"],
      },
    ],
  )("InvalidRequest: $title", async ({ request, facts }) => {
    for (const tab of pair.tabs) await expectError(generate(tab, request), "InvalidRequest", facts);
    await expectAnswers(pair.tabs);
  });

  test("the dashboard says of a prompt that it is longer than the context, and takes the next one", async () => {
    const panel = askPanel(pair.tabs[1]);
    const send = async (text: string): Promise<Locator> => {
      await panel.getByLabel("Prompt").fill(text);
      await panel.getByRole("button", { name: "Send" }).click();
      return panel.getByTestId("exchange").last();
    };
    const refused = await send("#".repeat(2 * contextLength));
    await expectNote(refused.getByTestId("error"), "InvalidRequest", [String(contextLength)]);
    const next = await send("Hi");
    await next.and(panel.locator("[data-state=finished]")).waitFor();
    await expectAnswers(pair.tabs);
  });

  test("an answer ends where the context does", async () => {
    const full = Array.from({ length: contextLength - 3 }, (_, position) => position % 300);
    const { tokenIds, finish } = await generate(pair.tabs[1], {
      promptIds: full,
      maxTokens: 50,
      stopAtEnd: false,
    });
    expect(finish).toBe("length");
    expect(tokenIds).toHaveLength(4);
  });
});
