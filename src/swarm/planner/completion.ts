import type { Footprint } from "./footprint.ts";
import type { DeviceCapacity } from "./problem.ts";

/**
 * Whether layers [start, layers) and the head can be held by at most `slots` of these devices, in some order.
 * It answers for starts above 0 only: whoever holds layer 0 is chosen before.
 */
export type CanFinish = (start: number, devices: readonly DeviceCapacity[], slots: number) => boolean;

/** With unequal layers an exact answer takes 2^devices steps; the roomiest this many are considered. */
export const MOST_DEVICES_OF_UNEQUAL_LAYERS = 12;

export const completionOf = (footprint: Footprint, devices: readonly DeviceCapacity[]): CanFinish =>
  footprint.layersAlike ? byCounting(footprint) : bySubsets(footprint, devices);

/** Equal layers: a device is worth the number of layers it holds, so the roomiest serve best; only the last differs. */
function byCounting(footprint: Footprint): CanFinish {
  const { layers } = footprint;
  // Between the one that holds layer 0 and the one that holds the last, at most layers − 2 are left.
  const counted = memoised((budgetBytes) => ({
    between: Math.min(footprint.reach(1, budgetBytes) - 1, Math.max(0, layers - 2)),
    last: layers - footprint.reachBack(layers, budgetBytes),
  }));
  return (start, devices, slots) => {
    if (slots === 0 || start < 1) return false;
    const worth = devices
      .map(({ budgetBytes }) => counted(budgetBytes))
      .sort((a, b) => b.between - a.between);
    const helpers = worth.slice(0, slots - 1).reduce((sum, { between }) => sum + between, 0);
    // Whoever would have helped and comes last instead is replaced by the next roomiest.
    const next = worth[slots - 1]?.between ?? 0;
    return worth.some(({ between, last }, i) => {
      const others = i < slots - 1 ? helpers - between + next : helpers;
      return last > 0 && last + others >= layers - start;
    });
  };
}

function memoised<T>(compute: (budgetBytes: number) => T): (budgetBytes: number) => T {
  const known = new Map<number, T>();
  return (budgetBytes) => {
    const value = known.get(budgetBytes) ?? compute(budgetBytes);
    known.set(budgetBytes, value);
    return value;
  };
}

/** Unequal layers: for every set of devices, the smallest start from which it holds the rest, best order taken. */
function bySubsets(footprint: Footprint, devices: readonly DeviceCapacity[]): CanFinish {
  const { layers } = footprint;
  const starts = new Array<number>(2 ** devices.length).fill(layers);
  const sizes = new Array<number>(starts.length).fill(0);
  for (let set = 1; set < starts.length; set++) {
    sizes[set] = (sizes[set >> 1] ?? 0) + (set & 1);
    devices.forEach(({ budgetBytes }, i) => {
      if ((set & (1 << i)) === 0) return;
      const end = starts[set & ~(1 << i)] ?? layers;
      starts[set] = Math.min(starts[set] ?? layers, Math.max(1, footprint.reachBack(end, budgetBytes)));
    });
  }
  const bit = new Map(devices.map(({ id }, i) => [id, 1 << i]));
  return (start, remaining, slots) => {
    const allowed = remaining.reduce((set, { id }) => set | (bit.get(id) ?? 0), 0);
    return starts.some(
      (least, set) => (set & ~allowed) === 0 && (sizes[set] ?? 0) <= slots && least <= start,
    );
  };
}
