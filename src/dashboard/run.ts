import type { ConversationEvent, Exchange } from "../apps/chat/conversation.ts";
import { hasAnswer, recentWithin, requestFor } from "../apps/chat/request.ts";
import type { Sampling } from "../apps/chat/sampling.ts";
import type { Edgeloom, GenerateRequest, TokenEvent } from "../page-api.ts";
import { failureOf } from "../tensor/edgeloom-error.ts";

/** The part of the page API that an answer needs. */
export type Answering = Pick<Edgeloom, "snapshot" | "stream" | "tokenize">;

export interface Asked {
  readonly id: number;
  readonly prompt: string;
  readonly sampling: Sampling;
  readonly earlier: readonly Exchange[];
}

/** An answer under way. */
export interface Run {
  /** Leaves the stream at once, even while a token is awaited; the second call does nothing. */
  stop(): void;
}

/** Streams the answer to a prompt as events; every run ends with exactly one of finished, cancelled and failed. */
export function startRun(edgeloom: Answering, asked: Asked, emit: (event: ConversationEvent) => void): Run {
  const { id } = asked;
  let stop: () => void = () => {};
  const stopped = new Promise<"stopped">((resolve) => {
    stop = () => resolve("stopped");
  });
  const answer = async (): Promise<void> => {
    const prepared = await Promise.race([prepare(edgeloom, asked), stopped]);
    if (prepared === "stopped") return emit({ type: "cancelled", id });
    if (prepared.leftOut > 0) emit({ type: "trimmed", id, leftOut: prepared.leftOut });
    const tokens = edgeloom.stream(prepared.request)[Symbol.asyncIterator]();
    const end = await drain(tokens, stopped, ({ text }) =>
      emit({ type: "token", id, text, atMs: performance.now() }),
    );
    emit({ type: end, id });
  };
  answer().catch((error: unknown) => {
    const failure = failureOf(error);
    emit(failure.name === "Cancelled" ? { type: "cancelled", id } : { type: "failed", id, failure });
  });
  return { stop };
}

interface Prepared {
  readonly request: GenerateRequest;
  readonly leftOut: number;
}

async function prepare(edgeloom: Answering, { prompt, sampling, earlier }: Asked): Promise<Prepared> {
  const model = edgeloom.snapshot().model;
  const asking = { prompt, sampling, earlier, isChat: model?.chat ?? false };
  if (!model?.chat || earlier.length === 0) return { request: requestFor(asking), leftOut: 0 };
  const countTokens = async (text: string): Promise<number> => (await edgeloom.tokenize(text)).length;
  const kept = await recentWithin(asking, model.contextLength, countTokens);
  const answered = earlier.filter(hasAnswer).length;
  return { request: requestFor({ ...asking, earlier: kept }), leftOut: answered - kept.length };
}

/** Reads to the end, or leaves when stopped. A `for await` could only leave after the token that it waits for. */
async function drain(
  tokens: AsyncIterator<TokenEvent>,
  stopped: Promise<"stopped">,
  onToken: (token: TokenEvent) => void,
): Promise<"finished" | "cancelled"> {
  for (;;) {
    const step = tokens.next();
    const next = await Promise.race([step, stopped]);
    if (next === "stopped") {
      // It may still reject: the person has left, so nobody is to be told.
      tokens.return?.().catch(() => {});
      return "cancelled";
    }
    if (next.done) return "finished";
    onToken(next.value);
  }
}
