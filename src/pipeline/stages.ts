import type { DeviceProfile, Runtime } from "../compute/runtime.ts";
import type { Model } from "../models/model.ts";
import type { PlacementRecord } from "../swarm/placement.ts";
import type { HeldStage } from "../swarm/presence.ts";
import { EdgeloomError, failureOf } from "../tensor/edgeloom-error.ts";
import type { Frame } from "../transport/frame.ts";
import type { DeviceId } from "../transport/link.ts";
import { loadStage } from "./load-stage.ts";
import { nextStep, type ReconcileStep, type StageKey } from "./reconcile.ts";
import { createStage, type Stage, type StageFrame } from "./stage.ts";

export interface StagesOptions {
  readonly self: DeviceId;
  readonly runtime: Runtime;
  readonly profile: DeviceProfile;
  open(ref: string): Promise<Model>;
  send(device: DeviceId, frame: Frame): Promise<void>;
  now(): number;
  /** What this device holds has changed. */
  onHeld(held: readonly HeldStage[], memoryUsedBytes: number): void;
  /** The last stage was unloaded: memory that only a new runtime gives back may go now. */
  renew(): Promise<void>;
}

/** The stages of this device: they follow the placement, and frames reach them here. */
export interface Stages {
  /** Obeys this placement from now on; what is loading for another is stopped. */
  follow(placement: PlacementRecord | null): void;
  /** Hands a frame to its stage; null when this device doesn't hold it (yet). */
  handle(frame: StageFrame, wireMs: number): Promise<void> | null;
  /** Whether this device has followed a placement of this id lately. */
  knows(placement: string): boolean;
  release(generation: string): void;
  /** Frees the caches of askers that left. */
  releaseAskers(isPresent: (device: DeviceId) => boolean): void;
}

/** Placements that a late frame may still name. */
const remembered = 8;

export function createStages(options: StagesOptions): Stages {
  const shelf = createShelf(options);
  const known: string[] = [];
  let placement: PlacementRecord | null = null;
  let loading = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const obey = async (step: ReconcileStep) => {
    if (step.type === "unload") return shelf.unload(step.key);
    if (placement) await shelf.load(step.key, { record: placement, signal: loading.signal });
  };
  const next = () => nextStep(placement, shelf.keys(), options.self);
  const reconcile = async () => {
    const had = shelf.keys().length;
    for (let step = next(); step; step = next()) await obey(step);
    if (had > 0 && shelf.keys().length === 0) await options.renew();
  };

  return {
    follow(wanted) {
      if (wanted?.id === placement?.id) return;
      placement = wanted;
      if (wanted) known.splice(0, known.length, ...[wanted.id, ...known].slice(0, remembered));
      loading.abort();
      loading = new AbortController();
      running = running.then(reconcile).catch(() => {
        // The runtime's thread is gone: what it held stays reported as it was, and every frame for it fails by name.
      });
    },
    handle: (frame, wireMs) => shelf.find(frame)?.handle(frame, wireMs) ?? null,
    knows: (id) => known.includes(id),
    release: (generation) => shelf.free((stage) => stage.release(generation)),
    releaseAskers: (isPresent) => shelf.free((stage) => stage.releaseAskers(isPresent)),
  };
}

interface Held {
  readonly key: StageKey;
  stage: Stage | null;
  report: HeldStage;
}

/** What this device holds at present, kept and told in one place. */
function createShelf(options: StagesOptions) {
  const held: Held[] = [];
  // Told until the next attempt, though what failed is held no longer: a person has to be able to read it.
  let failed: HeldStage | null = null;
  const report = async () => {
    const { weightBytes, residentBytes } = await options.runtime.memory();
    const reports = held.map((entry) => entry.report).filter((entry) => entry !== failed);
    options.onHeld(failed ? [...reports, failed] : reports, weightBytes + residentBytes);
  };
  const told = () => void report().catch(() => {});
  return {
    keys: () => held.map(({ key }) => key),
    find: ({ course }: StageFrame) =>
      held.find(({ key }) => key.placement === course.placement && key.index === course.laps.length)?.stage ??
      null,
    free(action: (stage: Stage) => Promise<void>) {
      for (const { stage } of held) stage && void action(stage).then(told, () => {});
    },
    async load(key: StageKey, wish: Wish) {
      const start = {
        placement: key.placement,
        stage: key.index,
        loadedBytes: 0,
        totalBytes: 0,
        failure: null,
      };
      const entry: Held = { key, stage: null, report: { ...start, state: "loading" } };
      held.push(entry);
      failed = null;
      await report();
      const onProgress = (loadedBytes: number, totalBytes: number) => {
        entry.report = { ...entry.report, loadedBytes, totalBytes };
        told();
      };
      try {
        entry.stage = await startStage(options, key, { ...wish, onProgress });
        entry.report = { ...entry.report, state: "ready" };
      } catch (error) {
        entry.report = { ...entry.report, state: "failed", failure: failureOf(error) };
        if (!wish.signal.aborted) failed = entry.report;
      }
      await report();
    },
    async unload(key: StageKey) {
      const index = held.findIndex((entry) => programOf(entry.key) === programOf(key));
      held.splice(index, 1);
      await options.runtime.free(`${programOf(key)}/`);
      await options.runtime.unload(programOf(key));
      await report();
    },
  };
}

const programOf = ({ placement, index }: StageKey): string => `${placement}.${index}`;

/** Cache memory that a stage may use: what the budget leaves beside the weights, shared by this device's stages. */
function cacheBudgetBytes({ profile, self }: StagesOptions, record: PlacementRecord): number {
  const mine = record.stages.filter(({ devices }) => devices.includes(self));
  const weights = mine.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
  return Math.max(0, profile.memoryBudgetBytes - weights) / mine.length;
}

interface Wish {
  readonly record: PlacementRecord;
  readonly signal: AbortSignal;
}

async function startStage(
  options: StagesOptions,
  key: StageKey,
  wish: Wish & { onProgress(loadedBytes: number, totalBytes: number): void },
): Promise<Stage> {
  const { record } = wish;
  const slice = record.stages[key.index];
  if (!slice) throw new EdgeloomError("InvalidRequest", `the placement has no stage ${key.index}`);
  const model = await options.open(record.model);
  const program = programOf(key);
  const budgetBytes = options.profile.memoryBudgetBytes;
  const { runtime } = options;
  const loaded = await loadStage({ ...wish, runtime, model, slice, program, budgetBytes });
  return createStage({
    ...options,
    program,
    shape: model.decoder.shape,
    slice: loaded,
    wire: record.wire,
    next: record.stages[key.index + 1]?.devices[0] ?? null,
    cacheBudgetBytes: cacheBudgetBytes(options, record),
  });
}
