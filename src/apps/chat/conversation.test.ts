import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  apply,
  type Conversation,
  type ConversationEvent,
  emptyConversation,
  running,
} from "./conversation.ts";

const fold = (...events: readonly ConversationEvent[]): Conversation =>
  events.reduce(apply, emptyConversation);
const started = (id: number, prompt = "hello", maxTokens = 4): ConversationEvent => ({
  type: "started",
  id,
  prompt,
  maxTokens,
  atMs: 100,
});
const token = (id: number, text: string, atMs = 150): ConversationEvent => ({
  type: "token",
  id,
  text,
  atMs,
});

describe("a conversation", () => {
  test("an answer is the texts of its tokens, in order", () => {
    const { exchanges } = fold(started(1), token(1, "a", 150), token(1, "b", 170), {
      type: "finished",
      id: 1,
    });
    expect(exchanges).toEqual([
      {
        id: 1,
        prompt: "hello",
        answer: "ab",
        state: { type: "finished", reason: "stop" },
        tokens: 2,
        maxTokens: 4,
        startedAtMs: 100,
        firstTokenAtMs: 150,
        lastTokenAtMs: 170,
        leftOut: 0,
      },
    ]);
  });

  test("an answer that used up its tokens ended by length", () => {
    const { exchanges } = fold(started(1, "x", 1), token(1, "a"), { type: "finished", id: 1 });
    expect(exchanges[0]?.state).toEqual({ type: "finished", reason: "length" });
  });

  test("what arrives after the end changes nothing, and the same object comes back", () => {
    for (const end of [
      { type: "cancelled", id: 1 },
      { type: "finished", id: 1 },
      { type: "failed", id: 1, failure: { name: "PeerLeft", message: "gone" } },
    ] as const) {
      const ended = fold(started(1), token(1, "a"), end);
      expect(apply(ended, token(1, "late"))).toBe(ended);
      expect(apply(ended, { type: "finished", id: 1 })).toBe(ended);
      expect(apply(ended, { type: "trimmed", id: 1, leftOut: 3 })).toBe(ended);
    }
  });

  test("while one prompt is answered no other starts, nor is it asked again", () => {
    const busy = fold(started(1), token(1, "a"));
    expect(apply(busy, started(2))).toBe(busy);
    expect(apply(busy, { type: "regenerated", id: 1, newId: 2, maxTokens: 4, atMs: 200 })).toBe(busy);
  });

  test("a failure keeps what was said before it", () => {
    const failure = { name: "DeviceLost", message: "the GPU is gone; reload the tab" } as const;
    const { exchanges } = fold(started(1), token(1, "half"), { type: "failed", id: 1, failure });
    expect(exchanges[0]).toMatchObject({ answer: "half", state: { type: "failed", failure } });
  });

  test("asking again keeps the prompt, drops the answer, and ignores tokens of the first run", () => {
    const again = fold(
      started(1, "why"),
      token(1, "a"),
      { type: "cancelled", id: 1 },
      {
        type: "regenerated",
        id: 1,
        newId: 2,
        maxTokens: 9,
        atMs: 300,
      },
    );
    expect(again.exchanges).toHaveLength(1);
    expect(running(again)).toMatchObject({
      id: 2,
      prompt: "why",
      answer: "",
      tokens: 0,
      maxTokens: 9,
      startedAtMs: 300,
    });
    expect(apply(again, token(1, "late"))).toBe(again);
    expect(running(apply(again, token(2, "b")))?.answer).toBe("b");
  });

  test("only the last exchange can be asked again", () => {
    const two = fold(started(1), { type: "finished", id: 1 }, started(2), { type: "finished", id: 2 });
    expect(apply(two, { type: "regenerated", id: 1, newId: 3, maxTokens: 4, atMs: 0 })).toBe(two);
  });

  test("clearing drops everything, a running answer's tokens included", () => {
    const cleared = fold(started(1), token(1, "a"), { type: "cleared" });
    expect(cleared.exchanges).toEqual([]);
    expect(apply(cleared, token(1, "late"))).toBe(cleared);
  });

  test("whatever events come, at most the last exchange runs and each answer equals its accepted tokens", () => {
    const id = fc.integer({ min: 0, max: 3 });
    const event: fc.Arbitrary<ConversationEvent> = fc.oneof(
      id.map((i) => started(i)),
      fc.tuple(id, fc.string({ maxLength: 2 })).map(([i, text]) => token(i, text)),
      id.map((i): ConversationEvent => ({ type: "finished", id: i })),
      id.map((i): ConversationEvent => ({ type: "cancelled", id: i })),
      fc.tuple(id, id).map(
        ([i, newId]): ConversationEvent => ({
          type: "regenerated",
          id: i,
          newId,
          maxTokens: 4,
          atMs: 0,
        }),
      ),
      fc.constant<ConversationEvent>({ type: "cleared" }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let state = emptyConversation;
        let answers: readonly string[] = [];
        for (const happened of events) {
          answers = expectedAnswers(answers, state, happened);
          state = apply(state, happened);
          expect(state.exchanges.map(({ answer }) => answer)).toEqual(answers);
          expect(state.exchanges.slice(0, -1).every((exchange) => exchange.state.type !== "running")).toBe(
            true,
          );
        }
      }),
    );
  });
});

/** The oracle: plain texts, changed by hand according to whether an exchange ran before the event. */
function expectedAnswers(
  answers: readonly string[],
  before: Conversation,
  event: ConversationEvent,
): readonly string[] {
  const busy = running(before);
  const others = answers.slice(0, -1);
  if (event.type === "cleared") return [];
  if (event.type === "started") return busy ? answers : [...answers, ""];
  if (event.type === "token")
    return busy?.id === event.id ? [...others, answers.at(-1) + event.text] : answers;
  const isAskedAgain = event.type === "regenerated" && !busy && before.exchanges.at(-1)?.id === event.id;
  return isAskedAgain ? [...others, ""] : answers;
}
