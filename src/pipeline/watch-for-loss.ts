import type { PlacementRecord } from "../swarm/placement.ts";
import type { Room } from "../swarm/room.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { DeviceId, World } from "../transport/link.ts";

/** A tab that has just joined hears of the placement before it is linked to all devices of it. */
const graceMs = 10_000;

/** What is known of the devices of one placement. */
interface Watch {
  readonly placement: string;
  /** Names of the devices that were here since, by id. */
  readonly seen: Map<DeviceId, string>;
  graceIsOver: boolean;
  isLost: boolean;
  stopGrace(): void;
}

/**
 * Calls `onLost` once per placement, when a device of it is gone: at once if it was here before, else when it didn't
 * appear in time. The coordinator, also one that becomes it later, then takes the placement back. Returns the function
 * that stops watching.
 */
export function watchForLoss(
  room: Room,
  world: World,
  onLost: (placement: string, error: EdgeloomError) => void,
): () => void {
  let watch: Watch | null = null;
  const begin = (placement: string): Watch => {
    watch?.stopGrace();
    const next: Watch = {
      placement,
      seen: new Map(),
      graceIsOver: false,
      isLost: false,
      stopGrace: () => {},
    };
    next.stopGrace = world.after(graceMs, () => {
      next.graceIsOver = true;
      check();
    });
    return next;
  };
  const check = () => {
    const placement = room.placement();
    if (!placement) return;
    if (watch?.placement !== placement.id) watch = begin(placement.id);
    const lost = lostDevice(room, placement, watch);
    if (lost === null) return;
    if (!watch.isLost) {
      watch.isLost = true;
      onLost(
        placement.id,
        new EdgeloomError("PeerLeft", `device ${lost} left and held layers of the model; load it again`),
      );
    }
    if (room.coordinator() === room.self) room.adopt(null);
  };
  const unsubscribe = room.subscribe(check);
  check();
  return () => {
    watch?.stopGrace();
    unsubscribe();
  };
}

/** Name of a device of the placement that is gone, or never came; null while there is none. */
function lostDevice(room: Room, placement: PlacementRecord, { seen, graceIsOver }: Watch): string | null {
  const present = room.presence();
  for (const id of placement.stages.flatMap(({ devices }) => devices)) {
    const name = present.get(id)?.device.name;
    if (name !== undefined) seen.set(id, name);
    else if (seen.has(id) || graceIsOver) return seen.get(id) ?? id;
  }
  return null;
}
