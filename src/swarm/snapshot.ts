import type { Device, ModelFacts, Placement, SwarmSnapshot } from "../page-api.ts";
import type { DeviceId } from "../transport/link.ts";
import type { PlacementRecord } from "./placement.ts";
import type { Presence } from "./presence.ts";
import type { Room } from "./room.ts";

/** The room as this tab sees it, for the page. */
export function snapshotOf(room: Room, model: ModelFacts | null): SwarmSnapshot {
  const present = [...room.presence().values()].toSorted((a, b) => (a.device.id < b.device.id ? -1 : 1));
  const placement = room.placement();
  return {
    room: room.name,
    self: room.self,
    coordinator: room.coordinator(),
    devices: present.map(deviceOf),
    links: present.flatMap((presence) => linksOf(presence, room)),
    placement: placement && pagePlacement(placement),
    generations: present.flatMap(({ device, generations }) =>
      generations.map((generation) => ({ ...generation, device: device.id })),
    ),
    jobs: [],
    model,
    laps: latestLaps(present, placement),
    notices: room.notices(),
  };
}

export function deviceOf({ device, ...presence }: Presence): Device {
  const loading = presence.held.find(({ state }) => state === "loading");
  const failure = presence.held.find(({ state }) => state === "failed")?.failure ?? null;
  return {
    ...device,
    memoryUsedBytes: presence.memoryUsedBytes,
    status: statusOf(presence),
    visible: presence.visible,
    loading: loading ? { loadedBytes: loading.loadedBytes, totalBytes: loading.totalBytes } : null,
    failure,
  };
}

function statusOf({ isProfiled, held }: Omit<Presence, "device">): Device["status"] {
  if (!isProfiled) return "joining";
  if (held.some(({ state }) => state === "loading")) return "loading";
  return held.some(({ state }) => state === "ready") ? "ready" : "idle";
}

/** Links between devices that are here. A duration measured with two clocks may come out a little below zero. */
function linksOf({ device, links }: Presence, room: Room): SwarmSnapshot["links"] {
  const here = room.presence();
  return links
    .filter(({ to }) => here.has(to))
    .map((link) => ({ from: device.id, ...link, rttMs: Math.max(0, link.rttMs) }));
}

function pagePlacement({ id, model, stages, predictedTokenMs }: PlacementRecord): Placement {
  return { id, model, stages, predictedTokenMs };
}

/** Times of whoever is generating, else of whoever did last; only those that fit the present placement. */
function latestLaps(present: readonly Presence[], placement: PlacementRecord | null): SwarmSnapshot["laps"] {
  if (!placement) return [];
  const holders: readonly (DeviceId | undefined)[] = placement.stages.map(({ devices: [device] }) => device);
  const fits = ({ laps }: Presence) =>
    laps.length === holders.length && laps.every(({ device }, index) => device === holders[index]);
  const fitting = present.filter(fits);
  const latest = fitting.find(({ generations }) => generations.length > 0) ?? fitting[0];
  return (latest?.laps ?? []).map((lap) => ({ ...lap, wireMs: Math.max(0, lap.wireMs) }));
}
