import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apply, type ConversationEvent, type Exchange, emptyConversation } from "./conversation.ts";
import { type Asking, recentWithin, requestFor } from "./request.ts";
import type { Sampling } from "./sampling.ts";

const greedy: Sampling = { maxTokens: 10, temperature: 0, topK: null, topP: null, seed: null };

function exchange(
  id: number,
  answer: string,
  end: "finished" | "cancelled" | "failed" = "finished",
): Exchange {
  const ended: ConversationEvent =
    end === "failed" ? { type: end, id, failure: { name: "PeerLeft", message: "m" } } : { type: end, id };
  const events: ConversationEvent[] = [
    { type: "started", id, prompt: `p${id}`, maxTokens: 99, atMs: 0 },
    ...(answer === "" ? [] : [{ type: "token", id, text: answer, atMs: 1 } as const]),
    ended,
  ];
  return events.reduce(apply, emptyConversation).exchanges[0]!;
}

describe("a request", () => {
  test("a chat carries what was answered before, in order, and the prompt last", () => {
    const earlier = [
      exchange(1, "a1"),
      exchange(2, "half", "cancelled"),
      exchange(3, "", "failed"),
      exchange(4, "x", "failed"),
    ];
    expect(requestFor({ prompt: "now", earlier, sampling: greedy, isChat: true })).toEqual({
      messages: [
        { role: "user", content: "p1" },
        { role: "assistant", content: "a1" },
        { role: "user", content: "p2" },
        { role: "assistant", content: "half" },
        { role: "user", content: "now" },
      ],
      maxTokens: 10,
      temperature: 0,
    });
  });

  test("a completion carries the prompt alone, and only the settings that were given", () => {
    const sampling = { maxTokens: 5, temperature: 0.5, topK: 40, topP: 0.9, seed: 0 };
    expect(requestFor({ prompt: "Once", earlier: [exchange(1, "a")], sampling, isChat: false })).toEqual({
      prompt: "Once",
      ...sampling,
    });
  });
});

describe("the history that goes along", () => {
  // One token per character: an oracle that can be counted by hand.
  const count = (text: string) => Promise.resolve(text.length);
  const asking = (answers: readonly string[]): Asking => ({
    prompt: "ask",
    earlier: answers.map((answer, i) => exchange(i, answer)),
    sampling: greedy,
    isChat: true,
  });

  test("nothing is left out while everything fits", async () => {
    const kept = await recentWithin(asking(["aaa", "bbb"]), 3 + 10 + 16 + 2 * (16 + 2 + 3), count);
    expect(kept.map(({ answer }) => answer)).toEqual(["aaa", "bbb"]);
  });

  test("one token less leaves the oldest out", async () => {
    const kept = await recentWithin(asking(["aaa", "bbb"]), 3 + 10 + 16 + 2 * (16 + 2 + 3) - 1, count);
    expect(kept.map(({ answer }) => answer)).toEqual(["bbb"]);
  });

  test("what is kept is a suffix that fits, and one more would not", async () => {
    const answers = fc.array(fc.string({ minLength: 1, maxLength: 30 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(answers, fc.integer({ min: 0, max: 300 }), async (texts, contextLength) => {
        const kept = await recentWithin(asking(texts), contextLength, count);
        const costs = texts.map((text) => 2 + text.length + 16);
        const cost = (n: number) => 3 + 10 + 16 + costs.slice(costs.length - n).reduce((a, b) => a + b, 0);
        expect(kept.map(({ answer }) => answer)).toEqual(texts.slice(texts.length - kept.length));
        if (kept.length > 0) expect(cost(kept.length)).toBeLessThanOrEqual(contextLength);
        if (kept.length < texts.length) expect(cost(kept.length + 1)).toBeGreaterThan(contextLength);
      }),
    );
  });

  test("a long conversation is counted no further back than the context reaches", async () => {
    let counted = 0;
    await recentWithin(asking(Array.from({ length: 500 }, () => "x".repeat(20))), 100, (text) => {
      counted++;
      return count(text);
    });
    expect(counted).toBeLessThan(5);
  });
});
