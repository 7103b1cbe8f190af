import { modelCost } from "../models/cost.ts";
import type { Model } from "../models/model.ts";
import type { Placement, PlanResult } from "../page-api.ts";
import type { PlacementRecord } from "../swarm/placement.ts";
import { checkPlacement } from "../swarm/planner/check-placement.ts";
import { plan } from "../swarm/planner/plan.ts";
import type { PlanProblem } from "../swarm/planner/problem.ts";
import type { Room } from "../swarm/room.ts";
import { EdgeloomError, errorOf } from "../tensor/edgeloom-error.ts";
import type { DeviceId } from "../transport/link.ts";
import { randomId } from "./inference/ring.ts";
import type { ParsedLoad } from "./requests.ts";

/** Tokens for which memory is kept beside the weights; longer contexts use what is left, and are refused by name beyond it. */
const reservedTokens = 2048;

/** A model that somebody wants placed. */
export interface Wish {
  readonly model: Model;
  readonly request: ParsedLoad;
  readonly asker: DeviceId;
}

/** What a placement of this model on the present devices would be. Throws NoDevices, InvalidRequest or DoesNotFit. */
export function planPlacement(room: Room, wish: Wish): PlanResult {
  const problem = problemOf(room, wish);
  const { placement } = wish.request;
  return placement ? checkPlacement(problem, placement) : plan(problem);
}

function problemOf(room: Room, { model, request, asker }: Wish): PlanProblem {
  const present = [...room.presence().values()];
  const computing = present.map(({ device }) => device).filter(({ role }) => role === "device");
  return {
    id: randomId(),
    model: request.model,
    cost: modelCost(model.decoder),
    contextTokens: Math.min(model.decoder.shape.contextLength, reservedTokens),
    devices: computing.map(({ id, memoryBudgetBytes, gflops }) => ({
      id,
      budgetBytes: memoryBudgetBytes,
      gflops,
    })),
    withDevices: request.devices,
    links: present.flatMap(({ device, links }) =>
      links.map(({ to, rttMs }) => ({ from: device.id, to, rttMs })),
    ),
    asker,
    objective: request.objective,
  };
}

/** The coordinator's part of a load: plans, tells everybody, and waits until every stage is ready. On failure nothing stays placed. */
export async function place(room: Room, wish: Wish): Promise<Placement> {
  const result = planPlacement(room, wish);
  if (result.type === "infeasible") throw new EdgeloomError("DoesNotFit", result.reason);
  const { model, request } = wish;
  const record: PlacementRecord = {
    ...result.placement,
    wire: request.wire,
    layers: model.decoder.shape.layers,
  };
  room.adopt(record);
  try {
    await allReady(room, record);
  } catch (error) {
    if (room.placement()?.id === record.id) room.adopt(null);
    throw error;
  }
  return result.placement;
}

/** Resolves when every stage of the placement is ready; rejects as soon as one can't be. */
function allReady(room: Room, record: PlacementRecord): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      unsubscribe();
      end();
    };
    const check = () => {
      try {
        if (isReady(room, record)) settle(resolve);
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const unsubscribe = room.subscribe(check);
    check();
  });
}

function isReady(room: Room, record: PlacementRecord): boolean {
  if (room.placement()?.id !== record.id)
    throw new EdgeloomError("Cancelled", "another placement took the place of this one");
  const states = record.stages.flatMap(({ devices }, stage) => devices.map((device) => ({ device, stage })));
  return states.every(({ device, stage }) => stageState(room, record.id, { device, stage }) === "ready");
}

function stageState(
  room: Room,
  placement: string,
  at: { readonly device: DeviceId; readonly stage: number },
): "loading" | "ready" {
  const presence = room.presence().get(at.device);
  if (!presence)
    throw new EdgeloomError(
      "PeerLeft",
      `device ${at.device} left while its slice was loading; load the model again`,
    );
  const held = presence.held.find((entry) => entry.placement === placement && entry.stage === at.stage);
  if (held?.failure)
    throw errorOf({ ...held.failure, message: `${presence.device.name}: ${held.failure.message}` });
  return held?.state === "ready" ? "ready" : "loading";
}
