import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import type { Lap } from "../../transport/frame.ts";
import { type Ring, startSequence } from "./ring.ts";
import type { TokenAsk } from "./sample.ts";

export interface GenerationPlan {
  readonly promptIds: readonly number[];
  readonly maxTokens: number;
  readonly ask: TokenAsk;
  /** Ids that end the text; empty to go on regardless. */
  readonly endIds: readonly number[];
  readonly signal: AbortSignal;
}

export interface GeneratedToken {
  readonly id: number;
  readonly laps: readonly Lap[];
  readonly isPrefill: boolean;
}

/**
 * Tokens of one completion, the prompt's own not among them; an end id is not given out. Returns why it ended. Leaving
 * the loop, or the signal, frees the generation's caches on every stage.
 */
export async function* generateTokens(
  ring: Ring,
  plan: GenerationPlan,
): AsyncGenerator<GeneratedToken, "length" | "stop" | "cancelled"> {
  const sequence = startSequence(ring);
  const cancel = () =>
    ring.answers.fail(sequence.generation, new EdgeloomError("Cancelled", "stopped by the person"));
  plan.signal.addEventListener("abort", cancel);
  let ids = plan.promptIds;
  try {
    for (let count = 0; count < plan.maxTokens; count++) {
      if (plan.signal.aborted) return "cancelled";
      const { frame, laps } = await sequence.ask(ids, plan.ask);
      if (frame.type !== "token")
        throw new EdgeloomError(
          "ProtocolMismatch",
          `the last stage answered ${frame.type} where a token was asked; reload its tab`,
        );
      if (plan.endIds.includes(frame.id)) return "stop";
      yield { id: frame.id, laps, isPrefill: count === 0 };
      ids = [frame.id];
    }
    return "length";
  } catch (error) {
    if (plan.signal.aborted) return "cancelled";
    throw error;
  } finally {
    plan.signal.removeEventListener("abort", cancel);
    sequence.close();
  }
}
