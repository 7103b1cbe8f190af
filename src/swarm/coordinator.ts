import type { DeviceId } from "../transport/link.ts";
import type { Presence } from "./presence.ts";

/** Who writes the placement: the lowest id among those who compute, or of all while nobody does. Who sees the same presences sees the same coordinator. */
export function coordinatorAmong(present: ReadonlyMap<DeviceId, Presence>): DeviceId {
  const ids = [...present.keys()].sort();
  return ids.find((id) => present.get(id)?.device.role === "device") ?? ids[0] ?? "";
}
