import { describe, expect, test } from "vitest";
import { apply, type ConversationEvent, emptyConversation } from "./conversation.ts";
import { timeToFirstTokenMs, tokensPerSecond } from "./speed.ts";

const answeredAt = (...tokenTimesMs: readonly number[]) => {
  const events: ConversationEvent[] = [{ type: "started", id: 1, prompt: "", maxTokens: 9, atMs: 1000 }];
  for (const atMs of tokenTimesMs) events.push({ type: "token", id: 1, text: "x", atMs });
  return events.reduce(apply, emptyConversation).exchanges[0]!;
};

describe("speed", () => {
  test("nothing is claimed before there is something to measure", () => {
    expect([timeToFirstTokenMs(answeredAt()), tokensPerSecond(answeredAt())]).toEqual([null, null]);
    expect([timeToFirstTokenMs(answeredAt(1250)), tokensPerSecond(answeredAt(1250))]).toEqual([250, null]);
    expect(tokensPerSecond(answeredAt(1250, 1250))).toBeNull();
  });

  test("tokens per second count the gaps between tokens, without the first token's wait", () => {
    expect(tokensPerSecond(answeredAt(5000, 5100, 5200, 5300, 5400))).toBe(10);
  });
});
