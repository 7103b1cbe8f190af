import type { Footprint } from "./footprint.ts";
import type { DeviceCapacity, StageRange } from "./problem.ts";

/**
 * Layers for devices in this order: at least one each, none beyond its memory, otherwise as near to their share of the
 * measured speed as whole layers allow; null when the order can't hold the model.
 */
export function splitBySpeed(
  footprint: Footprint,
  chain: readonly DeviceCapacity[],
): readonly StageRange[] | null {
  const canEnd = possibleEnds(footprint, chain);
  const ranges: StageRange[] = [];
  let start = 0;
  for (const [i, device] of chain.entries()) {
    const end = nearest(footprint, chain.slice(i), { start, ends: canEnd(i, start) });
    if (end === null) return null;
    ranges.push({ device: device.id, start, end });
    start = end;
  }
  return ranges;
}

/** For device `i` starting at `start`: the ends it has memory for and from which the later devices can finish. */
function possibleEnds(footprint: Footprint, chain: readonly DeviceCapacity[]) {
  const { layers } = footprint;
  // finishable[i][b]: devices i and later hold layers [b, layers).
  const finishable = chain.map(() => new Array<boolean>(layers + 1).fill(false));
  finishable.push(Array.from({ length: layers + 1 }, (_, b) => b === layers));
  const reach = (i: number, start: number): number => footprint.reach(start, chain[i]?.budgetBytes ?? 0);
  for (let i = chain.length - 1; i >= 0; i--) {
    const row = finishable[i] ?? [];
    const next = finishable[i + 1] ?? [];
    for (let start = 0; start < layers; start++) {
      const end = next.indexOf(true, start + 1);
      row[start] = end !== -1 && end <= reach(i, start);
    }
  }
  return (i: number, start: number): readonly number[] => {
    const count = Math.max(0, reach(i, start) - start);
    return Array.from({ length: count }, (_, n) => start + 1 + n).filter((end) => finishable[i + 1]?.[end]);
  };
}

interface Span {
  readonly start: number;
  readonly ends: readonly number[];
}

function nearest(
  footprint: Footprint,
  chain: readonly DeviceCapacity[],
  { start, ends }: Span,
): number | null {
  const speed = chain.reduce((sum, { gflops }) => sum + gflops, 0);
  const share = (footprint.flops(start, footprint.layers) * (chain[0]?.gflops ?? 0)) / speed;
  const error = (end: number): number => Math.abs(footprint.flops(start, end) - share);
  return ends.reduce<number | null>(
    (best, end) => (best === null || error(end) < error(best) ? end : best),
    null,
  );
}
