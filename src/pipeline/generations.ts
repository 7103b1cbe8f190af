import type { Model } from "../models/model.ts";
import type { Tokenizer } from "../models/tokenizer/tokenizer.ts";
import type { GenerateRequest, GenerateResult, TokenEvent } from "../page-api.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { createGenerationLog, type GenerationLog, type TimedStage } from "./generation.ts";
import { generateTokens } from "./inference/generate.ts";
import { type Ring, randomId } from "./inference/ring.ts";
import { type ParsedGenerate, parseGenerate } from "./requests.ts";

/** A placed model, ready to be asked. */
export interface ReadyModel {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly ring: Ring;
  readonly stages: readonly TimedStage[];
}

/** What a pull gives: the tokens since the last pull, and the result once there are no more. */
export interface Pulled {
  readonly events: readonly TokenEvent[];
  readonly result: GenerateResult | null;
}

/** Generations that this tab asked for. They run by themselves; the page pulls what came. */
export interface Generations {
  start(request: GenerateRequest): Promise<string>;
  /** Waits for tokens or the end. Rejects with what went wrong, once. */
  pull(id: string): Promise<Pulled>;
  /** Stops it and forgets it: whoever cancels pulls no more. */
  cancel(id: string): void;
  logs(): readonly GenerationLog[];
  /** Times of the stages in the latest generation. */
  latest(): GenerationLog | null;
}

interface Running {
  readonly log: GenerationLog;
  readonly abort: AbortController;
  readonly events: TokenEvent[];
  end: { readonly result: GenerateResult } | { readonly error: unknown } | null;
  wake: () => void;
}

export function createGenerations(ready: () => Promise<ReadyModel>, changed: () => void): Generations {
  const running = new Map<string, Running>();
  let latest: GenerationLog | null = null;
  return {
    async start(given) {
      const request = parseGenerate(given);
      const target = await ready();
      const promptIds = encodePrompt(request, target);
      const id = randomId();
      const log = createGenerationLog(id, promptIds, { stages: target.stages, now: target.ring.now });
      const entry: Running = { log, abort: new AbortController(), events: [], end: null, wake: () => {} };
      running.set(id, entry);
      latest = log;
      run(entry, { request, target, changed }).then(
        (result) => settle(entry, { result }),
        (error: unknown) => settle(entry, { error }),
      );
      return id;
    },
    async pull(id) {
      const entry = running.get(id);
      if (!entry) throw new EdgeloomError("InvalidRequest", `no generation ${id} runs here`);
      while (entry.events.length === 0 && !entry.end)
        await new Promise<void>((resume) => {
          entry.wake = resume;
        });
      const events = entry.events.splice(0);
      if (events.length > 0 || !entry.end) return { events, result: null };
      running.delete(id);
      changed();
      if ("error" in entry.end) throw entry.end.error;
      return { events, result: entry.end.result };
    },
    cancel(id) {
      running.get(id)?.abort.abort();
      if (running.delete(id)) changed();
    },
    logs: () => [...running.values()].map(({ log }) => log),
    latest: () => latest,
  };
}

function settle(entry: Running, end: NonNullable<Running["end"]>): void {
  entry.end = end;
  entry.wake();
}

interface Run {
  readonly request: ParsedGenerate;
  readonly target: ReadyModel;
  changed(): void;
}

async function run(entry: Running, { request, target, changed }: Run): Promise<GenerateResult> {
  const { temperature, topK, topP, seed, maxTokens, stopAtEnd } = request;
  const tokens = generateTokens(target.ring, {
    promptIds: entry.log.promptIds,
    // The last token that the context allows is predicted from a full one.
    maxTokens: Math.min(maxTokens, target.model.decoder.shape.contextLength - entry.log.promptIds.length + 1),
    ask: { type: "token", temperature, topK, topP, seed },
    endIds: stopAtEnd ? target.model.endIds : [],
    signal: entry.abort.signal,
  });
  // What continues a text keeps the space between the two.
  const text = target.tokenizer.stream(request.messages ? [] : entry.log.promptIds);
  for (;;) {
    const { done, value } = await tokens.next();
    if (done) return entry.log.finish(text.flush(), value);
    entry.events.push(entry.log.add(value, text.push(value.id)));
    entry.wake();
    changed();
  }
}

/** Ids of the prompt. Throws InvalidRequest when it is empty, names unknown ids, or is longer than the context. */
function encodePrompt(request: ParsedGenerate, { model, tokenizer }: ReadyModel): readonly number[] {
  const ids =
    request.promptIds ??
    (request.messages ? tokenizer.encodeChat(request.messages) : tokenizer.encode(request.prompt ?? ""));
  checkIds(ids, model);
  return ids;
}

/** Throws InvalidRequest for no ids, for ids the model doesn't know, and for more than its context holds. */
export function checkIds(ids: readonly number[], { decoder: { shape } }: Model): void {
  if (ids.length === 0)
    throw new EdgeloomError("InvalidRequest", "the prompt has no tokens; write something");
  const unknown = ids.find((id) => id >= shape.vocabularySize);
  if (unknown !== undefined)
    throw new EdgeloomError(
      "InvalidRequest",
      `token id ${unknown} is not one of the model's ${shape.vocabularySize}`,
    );
  if (ids.length > shape.contextLength)
    throw new EdgeloomError(
      "InvalidRequest",
      `${ids.length} tokens are longer than the model's context of ${shape.contextLength}; shorten the text`,
    );
}
