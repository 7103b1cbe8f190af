import type { DeviceId } from "../transport/link.ts";

/** A stage by its place in a placement. */
export interface StageKey {
  readonly placement: string;
  readonly index: number;
}

export type ReconcileStep =
  | { readonly type: "unload"; readonly key: StageKey }
  | { readonly type: "load"; readonly key: StageKey };

interface Placed {
  readonly id: string;
  readonly stages: readonly { readonly devices: readonly DeviceId[] }[];
}

/**
 * What this device should do next to match the placement; null when it already does. What it no longer needs goes
 * first, so that old and new weights are never held at once.
 */
export function nextStep(
  placement: Placed | null,
  held: readonly StageKey[],
  self: DeviceId,
): ReconcileStep | null {
  const wanted = wantedStages(placement, self);
  const has = (keys: readonly StageKey[], key: StageKey) =>
    keys.some(({ placement, index }) => placement === key.placement && index === key.index);
  const surplus = held.find((key) => !has(wanted, key));
  if (surplus) return { type: "unload", key: surplus };
  const missing = wanted.find((key) => !has(held, key));
  return missing ? { type: "load", key: missing } : null;
}

/** A device may hold several stages: embedding and head of one model, for instance. */
function wantedStages(placement: Placed | null, self: DeviceId): readonly StageKey[] {
  if (!placement) return [];
  return placement.stages.flatMap(({ devices }, index) =>
    devices.includes(self) ? [{ placement: placement.id, index }] : [],
  );
}
