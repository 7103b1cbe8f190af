import { seededRandom } from "../../tensor/random.ts";
import type { Ask } from "../../transport/frame.ts";

/** More than any context has: seed · positions + position is another number for every pair. */
const positions = 2 ** 21;

export type TokenAsk = Extract<Ask, { readonly type: "token" }>;

/**
 * Chooses the next token from logits [vocabulary]: the likeliest at temperature 0 (the lowest id among equals), else
 * one drawn from softmax(logits / temperature), cut to the `topK` likeliest and then to the fewest whose
 * probabilities reach `topP`. The draw depends on seed and position alone, so a replayed step chooses the same token.
 */
export function sampleToken(logits: Float32Array, ask: TokenAsk, position: number): number {
  if (ask.temperature === 0) return likeliest(logits);
  const candidates = nucleus(topCandidates(logits, ask), ask.topP);
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let left = seededRandom(ask.seed * positions + position)() * total;
  for (const { id, weight } of candidates) {
    left -= weight;
    if (left < 0) return id;
  }
  return candidates.at(-1)?.id ?? likeliest(logits);
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++)
    if ((logits[id] ?? Number.NEGATIVE_INFINITY) > (logits[best] ?? Number.NEGATIVE_INFINITY)) best = id;
  return best;
}

interface Candidate {
  readonly id: number;
  /** Proportional to the probability; the likeliest has 1. */
  readonly weight: number;
}

/** Candidates by falling probability, the lower id first among equals; all of them when topK is 0. */
function topCandidates(logits: Float32Array, { temperature, topK }: TokenAsk): readonly Candidate[] {
  const highest = logits[likeliest(logits)] ?? 0;
  const candidates = Array.from(logits, (logit, id) => ({
    id,
    weight: Math.exp((logit - highest) / temperature),
  }));
  candidates.sort((a, b) => b.weight - a.weight || a.id - b.id);
  return topK > 0 ? candidates.slice(0, topK) : candidates;
}

function nucleus(candidates: readonly Candidate[], topP: number): readonly Candidate[] {
  if (topP >= 1) return candidates;
  const target = topP * candidates.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  const count = candidates.findIndex(({ weight }) => {
    sum += weight;
    return sum >= target;
  });
  return candidates.slice(0, count + 1);
}
