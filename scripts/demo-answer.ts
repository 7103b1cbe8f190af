import type { GenerateRequest, StageLap } from "../src/page-api.ts";
import type { Tab } from "./tab.ts";

export interface Answer {
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly timeToFirstTokenMs: number;
  readonly tokensPerSecond: number;
  /** Medians of this answer's steps, in ring order. */
  readonly stages: readonly StageLap[];
}

const tokensMax = 120;

/** Asks as a conversation where the model was trained for one, else as text to go on from, and prints what comes as it comes. */
export async function streamAnswer(tab: Tab, prompt: string, print: (text: string) => void): Promise<Answer> {
  const { model, placement } = await tab.snapshot();
  if (!model || !placement) throw new Error("no model is placed, so nobody can answer");
  const asked = model.chat ? { messages: [{ role: "user" as const, content: prompt }] } : { prompt };
  if (!model.chat) print(prompt);
  await tab.page.exposeFunction("printToken", print);
  const maxTokens = Math.min(tokensMax, Math.floor(model.contextLength / 2));
  const { tokens, askedAtMs } = await tab.call(streamInPage, { ...asked, maxTokens });
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (!first || !last)
    throw new Error("the model ended its answer before the first token; try another --prompt");
  const { laps } = await tab.until(
    (snapshot) => snapshot.laps.length === placement.stages.length,
    "every stage has measured its part",
  );
  const decodeMs = last.arrivedAtMs - first.arrivedAtMs;
  return {
    text: tokens.map(({ text }) => text).join(""),
    tokenIds: tokens.map(({ id }) => id),
    timeToFirstTokenMs: first.arrivedAtMs - askedAtMs,
    tokensPerSecond: decodeMs > 0 ? (1000 * (tokens.length - 1)) / decodeMs : 0,
    stages: laps,
  };
}

interface ArrivedToken {
  readonly id: number;
  readonly text: string;
  readonly arrivedAtMs: number;
}

/** Runs in the page, so it uses nothing from outside itself. */
async function streamInPage(
  request: GenerateRequest,
): Promise<{ readonly tokens: readonly ArrivedToken[]; readonly askedAtMs: number }> {
  const print: unknown = Reflect.get(globalThis, "printToken");
  if (typeof print !== "function") throw new Error("nobody listens to the answer");
  const tokens: ArrivedToken[] = [];
  const askedAtMs = performance.now();
  for await (const { id, text } of edgeloom.stream(request)) {
    tokens.push({ id, text, arrivedAtMs: performance.now() });
    // Not awaited: the way to the terminal is no part of what is measured.
    print(text);
  }
  return { tokens, askedAtMs };
}
