import type { Device, Placement, SwarmSnapshot } from "../page-api.ts";

/** The way of a hidden state from one stage to the next. */
export interface Hop {
  /** Measured hand-over; null before the first token, and for the way back, which nobody times. */
  readonly wireMs: number | null;
  readonly rttMs: number | null;
  /** "here" when both ends are one device. */
  readonly path: "direct" | "relay" | "here" | "unknown";
}

export interface RingStage {
  readonly start: number;
  readonly end: number;
  readonly deviceIds: readonly string[];
  /** Names of its device, or of its replicas. */
  readonly holder: string;
  readonly isSelf: boolean;
  readonly embedding: boolean;
  readonly head: boolean;
  readonly weightBytes: number;
  readonly predictedMs: number;
  readonly computeMs: number | null;
  /** From the previous stage, for the first from the asker. */
  readonly hop: Hop;
}

/** A token's way: from the asker through the stages and back. */
export interface Ring {
  readonly layers: number;
  readonly stages: readonly RingStage[];
  readonly asker: { readonly name: string; readonly isSelf: boolean };
  readonly back: Hop;
  readonly predictedTokenMs: number;
  readonly isBusy: boolean;
}

/** The placement as a ring with what was measured on it; null while nothing is placed. */
export function ringOf(snapshot: SwarmSnapshot): Ring | null {
  const { placement, generations, self } = snapshot;
  if (!placement) return null;
  // The person sees their own generation first; otherwise the one that keeps the ring busy.
  const askerId = (generations.find(({ device }) => device === self) ?? generations[0])?.device ?? self;
  const stages = placement.stages.map((stage, k) => {
    const from = placement.stages[k - 1]?.devices[0] ?? askerId;
    return ringStage(snapshot, stage, from);
  });
  return {
    layers: placement.stages.at(-1)?.end ?? 0,
    stages,
    asker: { name: nameOf(snapshot.devices, askerId), isSelf: askerId === self },
    back: { wireMs: null, ...wayBetween(snapshot, placement.stages.at(-1)?.devices[0] ?? askerId, askerId) },
    predictedTokenMs: placement.predictedTokenMs,
    isBusy: generations.length > 0,
  };
}

function ringStage(snapshot: SwarmSnapshot, stage: Placement["stages"][number], from: string): RingStage {
  const { start, end, devices, embedding, head, weightBytes, predictedMs } = stage;
  const lap = snapshot.laps.find((each) => each.start === start && each.end === end);
  return {
    start,
    end,
    deviceIds: devices,
    holder: devices.map((id) => nameOf(snapshot.devices, id)).join(" + "),
    isSelf: devices.includes(snapshot.self),
    embedding,
    head,
    weightBytes,
    predictedMs,
    computeMs: lap?.computeMs ?? null,
    hop: { wireMs: lap?.wireMs ?? null, ...wayBetween(snapshot, from, devices[0] ?? from) },
  };
}

/** The name a person gave a device; a device that is gone is still said by its id. */
export const nameOf = (devices: readonly Device[], id: string): string =>
  devices.find((device) => device.id === id)?.name ?? id;

function wayBetween({ links }: SwarmSnapshot, from: string, to: string): Pick<Hop, "rttMs" | "path"> {
  if (from === to) return { rttMs: null, path: "here" };
  const link =
    links.find((each) => each.from === from && each.to === to) ??
    links.find((each) => each.from === to && each.to === from);
  return link ? { rttMs: link.rttMs, path: link.path } : { rttMs: null, path: "unknown" };
}
