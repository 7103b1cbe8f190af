import type { CanFinish } from "./completion.ts";
import type { Footprint } from "./footprint.ts";
import type { DeviceCapacity } from "./problem.ts";

/** What choosing devices looks at: `devices` in order of preference. */
export interface Choice {
  readonly footprint: Footprint;
  readonly devices: readonly DeviceCapacity[];
  readonly canFinish: CanFinish;
}

/** The fewest devices that hold the whole model, in pipeline order, the preferred first; null when all together don't. */
export function fewestThatFit(choice: Choice): readonly DeviceCapacity[] | null {
  const most = Math.min(choice.devices.length, choice.footprint.layers);
  for (let count = 1; count <= most; count++) {
    const chain = chainOf(choice, count);
    if (chain) return chain;
  }
  return null;
}

/** Whether these devices hold the whole model, however many it takes. */
export const fits = (choice: Choice): boolean =>
  choice.devices.some(
    (device) =>
      canTake(choice, { device, others: [], start: 0, followers: 0 }) ||
      canTake(choice, {
        device,
        others: without(choice.devices, device),
        start: 0,
        followers: choice.devices.length - 1,
      }),
  );

/** Place by place, the most preferred device after which the others can still hold the rest. */
function chainOf(choice: Choice, count: number): readonly DeviceCapacity[] | null {
  const chain: DeviceCapacity[] = [];
  let others = choice.devices;
  let start = 0;
  for (let followers = count - 1; followers >= 0; followers--) {
    const from = start;
    const candidates = others;
    const device = candidates.find((candidate) =>
      canTake(choice, { device: candidate, others: without(candidates, candidate), start: from, followers }),
    );
    if (!device) return null;
    chain.push(device);
    others = without(candidates, device);
    start = filled(choice.footprint, device, from);
  }
  return chain;
}

interface Step {
  readonly device: DeviceCapacity;
  readonly others: readonly DeviceCapacity[];
  readonly start: number;
  /** How many devices may follow. */
  readonly followers: number;
}

function canTake({ footprint, canFinish }: Choice, { device, others, start, followers }: Step): boolean {
  if (followers === 0) return footprint.reachBack(footprint.layers, device.budgetBytes) <= start;
  const end = filled(footprint, device, start);
  return end > start && canFinish(end, others, followers);
}

/** Where a device ends that takes all it can and leaves at least the last layer: the more it takes, the less the others need. */
const filled = (footprint: Footprint, device: DeviceCapacity, start: number): number =>
  Math.min(footprint.reach(start, device.budgetBytes), footprint.layers - 1);

const without = (devices: readonly DeviceCapacity[], one: DeviceCapacity): readonly DeviceCapacity[] =>
  devices.filter((device) => device !== one);
