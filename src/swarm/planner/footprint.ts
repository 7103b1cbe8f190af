import type { ModelCost, ModuleCost } from "../../models/cost.ts";

/** What ranges of one model cost, answered from prefix sums. Ranges are of layers, [start, end). */
export interface Footprint {
  readonly layers: number;
  /** Whether every layer takes the same memory: then devices can be compared by how many they hold. */
  readonly layersAlike: boolean;
  /** Weights and reserved caches; the embedding comes with layer 0, the head with the last layer. */
  bytes(start: number, end: number): number;
  weightBytes(start: number, end: number): number;
  flops(start: number, end: number): number;
  /** The largest `end` such that [start, end) fits; `start` when not even one layer does. */
  reach(start: number, budgetBytes: number): number;
  /** The smallest `start` such that [start, end) fits; `end` when not even one layer does. */
  reachBack(end: number, budgetBytes: number): number;
}

export function footprintOf(cost: ModelCost, contextTokens: number): Footprint {
  const layers = cost.layers.length;
  const held = (module: ModuleCost): number => module.weightBytes + module.cacheBytesPerToken * contextTokens;
  const bytes = rangeSum(cost, held, cost.tiedBytes);
  const first = cost.layers[0];
  return {
    layers,
    layersAlike: first !== undefined && cost.layers.every((layer) => held(layer) === held(first)),
    bytes,
    weightBytes: rangeSum(cost, (module) => module.weightBytes, cost.tiedBytes),
    flops: rangeSum(cost, (module) => module.flopsPerToken, 0),
    reach: (start, budgetBytes) =>
      start + longest(layers - start, (count) => bytes(start, start + count) <= budgetBytes),
    reachBack: (end, budgetBytes) => end - longest(end, (count) => bytes(end - count, end) <= budgetBytes),
  };
}

function rangeSum(cost: ModelCost, measure: (module: ModuleCost) => number, sharedOnce: number) {
  const layers = cost.layers.length;
  const sums = [0];
  for (const layer of cost.layers) sums.push((sums.at(-1) ?? 0) + measure(layer));
  const embedding = measure(cost.embedding);
  const head = measure(cost.head);
  return (start: number, end: number): number => {
    const inner = (sums[end] ?? 0) - (sums[start] ?? 0);
    const whole = start === 0 && end === layers;
    return inner + (start === 0 ? embedding : 0) + (end === layers ? head : 0) - (whole ? sharedOnce : 0);
  };
}

/** The largest count in 0…most for which `fits` holds, where more never fits better. */
function longest(most: number, fits: (count: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
