import type {
  Edgeloom,
  GenerateRequest,
  LoadRequest,
  ModelFacts,
  Placement,
  PlanResult,
} from "../page-api.ts";
import { parsePagePlacement } from "../swarm/placement.ts";
import type { Room } from "../swarm/room.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { World } from "../transport/link.ts";
import { coordinatorOf } from "./coordinator.ts";
import {
  checkIds,
  createGenerations,
  type Generations,
  type Pulled,
  type ReadyModel,
} from "./generations.ts";
import { createAnswers } from "./inference/answers.ts";
import { type Evaluation, evaluate } from "./inference/evaluate.ts";
import { watchFacts } from "./model-facts.ts";
import type { ModelStore } from "./model-store.ts";
import { place, planPlacement } from "./place.ts";
import { createPost } from "./post.ts";
import { readyModel } from "./ready-model.ts";
import { parseEvaluate, parseLoad } from "./requests.ts";
import { createStages, type StagesOptions } from "./stages.ts";
import { watchForLoss } from "./watch-for-loss.ts";

export interface TabParts {
  readonly room: Room;
  readonly models: ModelStore;
  readonly world: World;
  /** Something that the snapshot shows, and the room doesn't know, has changed. */
  changed(): void;
  /** Null in a tab that doesn't compute. */
  readonly device: Pick<StagesOptions, "runtime" | "profile" | "renew"> | null;
}

/** The page API in the form that crosses threads, where nothing is called back. */
export interface Tab {
  plan(request: LoadRequest): Promise<PlanResult>;
  load(request: LoadRequest): Promise<Placement>;
  unload(): Promise<void>;
  startGeneration(request: GenerateRequest): Promise<string>;
  pullGeneration(id: string): Promise<Pulled>;
  cancelGeneration(id: string): void;
  evaluate(request: Parameters<Edgeloom["evaluate"]>[0]): Promise<Evaluation>;
  tokenize(text: string): Promise<readonly number[]>;
  /** Facts of the placed model; null while none is placed, or its files can't be read here. */
  facts(): ModelFacts | null;
}

/** Loading a large model over a slow link takes long; progress is in the snapshot meanwhile. */
const loadTimeoutMs = 3_600_000;

/** Peers hear at this pace how a generation goes; each token would cost more than the token. */
const generationReportMs = 250;

/** A tab's part in its room: it holds stages, asks, and where it is the coordinator, places. */
export function createTab({ room, models, world, device, changed }: TabParts): Tab {
  const answers = createAnswers();
  const post = createPost({ room, answers, world, stages: () => stages });
  const stages = device
    ? createStages({
        ...device,
        self: room.self,
        open: models.open,
        send: post.send,
        now: world.now,
        onHeld: (held, memoryUsedBytes) => room.setPresence({ held, memoryUsedBytes }),
      })
    : null;
  const ready = () => readyModel({ room, models, world }, { answers, send: post.send });
  const report = atMostEvery(generationReportMs, world, () => reportGenerations(room, runs));
  const runs = createGenerations(ready, report);
  const facts = watchFacts(room, models, changed);

  room.onFrame((link, frame) => post.receive(frame, link));
  servePlacement(room, models);
  watchForLoss(room, world, (placement, error) => {
    answers.failPlaced("through", placement, error);
    room.notice({ device: null, name: error.name, message: error.message });
  });
  room.subscribe(() => {
    stages?.follow(room.placement());
    stages?.releaseAskers((asker) => room.presence().has(asker));
    // The coordinator may know of a loss, and take the placement back, before this tab has noticed anything.
    answers.failPlaced("others", room.placement()?.id ?? null, replaced(room));
  });
  return { ...placing(room, models), ...asking(ready, runs), facts };
}

/** Why a generation whose placement is no longer the room's can't go on. */
function replaced(room: Room): EdgeloomError {
  return room.placement()
    ? new EdgeloomError(
        "Cancelled",
        "another placement took the place of the one this answer ran on; ask again",
      )
    : new EdgeloomError(
        "PeerLeft",
        "a device that held layers left, or the model was unloaded; load it again",
      );
}

/** Calls `action` once for all calls within `ms`, at their end. */
function atMostEvery(ms: number, world: World, action: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    world.after(ms, () => {
      isDue = false;
      action();
    });
  };
}

function reportGenerations(room: Room, runs: Generations): void {
  const generations = runs
    .logs()
    .map((log) => ({ id: log.id, tokens: log.tokens(), tokensPerSecond: log.tokensPerSecond() }));
  room.setPresence({ generations, laps: runs.latest()?.stages() ?? [] });
}

/** What this tab does for the others while it is the coordinator. */
function servePlacement(room: Room, models: ModelStore): void {
  room.serve("load", async (body, from) => {
    const request = parseLoad(body);
    return place(room, { model: await models.open(request.model), request, asker: from });
  });
  room.serve("unload", async () => {
    room.adopt(null);
    return null;
  });
}

function placing(room: Room, models: ModelStore): Pick<Tab, "plan" | "load" | "unload"> {
  return {
    async plan(request) {
      const parsed = parseLoad(request);
      coordinatorOf(room);
      return planPlacement(room, {
        model: await models.open(parsed.model),
        request: parsed,
        asker: room.self,
      });
    },
    async load(request) {
      const body = parseLoad(request);
      return parsePagePlacement(
        await room.request(coordinatorOf(room), "load", { body, timeoutMs: loadTimeoutMs }),
      );
    },
    async unload() {
      await room.request(coordinatorOf(room), "unload", { body: null, timeoutMs: 10_000 });
    },
  };
}

function asking(
  ready: () => Promise<ReadyModel>,
  runs: Generations,
): Omit<Tab, "plan" | "load" | "unload" | "facts"> {
  return {
    startGeneration: runs.start,
    pullGeneration: runs.pull,
    cancelGeneration: runs.cancel,
    async evaluate(request) {
      const { sequences } = parseEvaluate(request);
      const target = await ready();
      for (const ids of sequences) checkIds(ids, target.model);
      return evaluate(target.ring, sequences);
    },
    tokenize: async (text) => (await ready()).tokenizer.encode(text),
  };
}
