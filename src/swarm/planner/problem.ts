import type { ModelCost } from "../../models/cost.ts";
import type { Placement } from "../../page-api.ts";
import type { DeviceId } from "../../transport/link.ts";

export interface DeviceCapacity {
  readonly id: DeviceId;
  /** For weights and caches. */
  readonly budgetBytes: number;
  readonly gflops: number;
}

/** Everything a plan depends on; chance and time are among the arguments. */
export interface PlanProblem {
  /** 16 hex digits that the placement gets. */
  readonly id: string;
  /** Reference of the model, for the placement. */
  readonly model: string;
  readonly cost: ModelCost;
  /** Tokens for which every layer's cache must have room. */
  readonly contextTokens: number;
  /** Devices that compute. */
  readonly devices: readonly DeviceCapacity[];
  /** Only these may take slices; all when left out. */
  readonly withDevices?: readonly DeviceId[] | undefined;
  readonly links: readonly { readonly from: DeviceId; readonly to: DeviceId; readonly rttMs: number }[];
  /** Comes first where it can: the prompt is already there. */
  readonly asker: DeviceId;
  readonly objective?: "latency" | "throughput" | undefined;
}

/** Layers [start, end) on a device; the first range has the embedding, the last the head. */
export interface StageRange {
  readonly device: DeviceId;
  readonly start: number;
  readonly end: number;
}

/** A placement with its predicted times. */
export type Placed = Placement;
