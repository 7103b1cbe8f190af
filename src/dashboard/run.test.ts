import { describe, expect, test } from "vitest";
import { apply, type Conversation, emptyConversation } from "../apps/chat/conversation.ts";
import type { GenerateRequest, ModelFacts, SwarmSnapshot, TokenEvent } from "../page-api.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { type Answering, type Asked, startRun } from "./run.ts";

const facts: ModelFacts = {
  ref: "m",
  family: "llama",
  layers: 1,
  hiddenSize: 1,
  vocabularySize: 9,
  contextLength: 100,
  weightBytes: 1,
  chat: true,
};
const room: SwarmSnapshot = {
  room: "r",
  self: "a",
  coordinator: "a",
  devices: [],
  links: [],
  placement: null,
  generations: [],
  jobs: [],
  model: facts,
  laps: [],
  notices: [],
};
const answering = (stream: (request: GenerateRequest) => AsyncIterable<TokenEvent>): Answering => ({
  snapshot: () => room,
  tokenize: (text) => Promise.resolve(Array.from(text, (_, i) => i)),
  stream,
});
const asked: Asked = {
  id: 1,
  prompt: "hi",
  earlier: [],
  sampling: { maxTokens: 9, temperature: 0, topK: null, topP: null, seed: null },
};

/** Starts the run on a real conversation; `until` waits for a state of it. */
function talk(edgeloom: Answering, question: Asked = asked) {
  let conversation: Conversation = apply(emptyConversation, {
    type: "started",
    id: question.id,
    prompt: question.prompt,
    maxTokens: 9,
    atMs: 0,
  });
  const run = startRun(edgeloom, question, (event) => {
    conversation = apply(conversation, event);
  });
  const last = () => conversation.exchanges.at(-1)!;
  const until = (holds: () => boolean) => expect.poll(holds, { timeout: 2000, interval: 1 }).toBe(true);
  return { run, last, until };
}

describe("an answer", () => {
  test("is what the stream said, and then finished", async () => {
    const { last, until } = talk(
      answering(async function* () {
        yield { id: 1, text: "a", atMs: 0 };
        yield { id: 2, text: "b", atMs: 0 };
      }),
    );
    await until(() => last().state.type === "finished");
    expect(last()).toMatchObject({ answer: "ab", tokens: 2 });
  });

  test("stopping leaves the stream, even while it waits for a token that never comes", async () => {
    let isLeft = false;
    const stream = (): AsyncIterableIterator<TokenEvent> => {
      let said = 0;
      return {
        next: () =>
          said++ === 0
            ? Promise.resolve({ done: false, value: { id: 1, text: "a", atMs: 0 } })
            : new Promise(() => {}),
        return: () => {
          isLeft = true;
          return Promise.resolve({ done: true, value: undefined });
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    };
    const { run, last, until } = talk(answering(stream));
    await until(() => last().answer === "a");
    run.stop();
    await until(() => last().state.type === "cancelled");
    expect([isLeft, last().answer]).toEqual([true, "a"]);
  });

  test("a stream that breaks says its error; one that says Cancelled was stopped", async () => {
    const broken = talk(
      answering(async function* () {
        yield { id: 1, text: "a", atMs: 0 };
        throw new EdgeloomError("PeerLeft", "Ben left; load the model again");
      }),
    );
    await broken.until(() => broken.last().state.type === "failed");
    expect(broken.last().state).toEqual({
      type: "failed",
      failure: { name: "PeerLeft", message: "Ben left; load the model again" },
    });
    const cancelled = talk(
      // biome-ignore lint/correctness/useYield: it ends before its first token
      answering(async function* () {
        throw new EdgeloomError("Cancelled", "stopped");
      }),
    );
    await cancelled.until(() => cancelled.last().state.type === "cancelled");
  });

  test("a stream that refuses before it starts is a failure as well", async () => {
    const { last, until } = talk(
      answering(() => {
        throw new EdgeloomError("InvalidRequest", "no model is loaded");
      }),
    );
    await until(() => last().state.type === "failed");
  });

  test("what the context has no room for is left out, and the exchange says how much", async () => {
    const long = {
      ...talk(answering(async function* () {})).last(),
      id: 0,
      prompt: "p",
      answer: "x".repeat(90),
    };
    const done = { ...long, state: { type: "finished", reason: "stop" } } as const;
    const short = { ...done, answer: "y" } as const;
    let sent: GenerateRequest | null = null;
    const { last, until } = talk(
      answering(async function* (request) {
        sent = request;
        yield { id: 1, text: "ok", atMs: 0 };
      }),
      { ...asked, earlier: [done, short] },
    );
    await until(() => last().state.type === "finished");
    expect(last().leftOut).toBe(1);
    expect(sent).toMatchObject({ messages: [{ content: "p" }, { content: "y" }, { content: "hi" }] });
  });
});
