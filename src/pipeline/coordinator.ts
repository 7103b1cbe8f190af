import type { Room } from "../swarm/room.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { DeviceId } from "../transport/link.ts";

/** Who writes the placement. Throws NoDevices while nobody in the room computes. */
export function coordinatorOf(room: Room): DeviceId {
  const computes = [...room.presence().values()].some(({ device }) => device.role === "device");
  if (computes) return room.coordinator();
  throw new EdgeloomError(
    "NoDevices",
    "nobody in this room computes; open a tab without role=, here or on another device",
  );
}
