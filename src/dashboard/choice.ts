import type { Edgeloom, LoadRequest, PlanResult } from "../page-api.ts";
import { computing, spreadEvenly } from "./spread.ts";

/** What the person chose in the model panel. */
export interface Choice {
  readonly model: string;
  /** On the fewest devices that fit, as the planner decides, or on all of them. */
  readonly spread: "fewest" | "all";
  readonly wire: NonNullable<LoadRequest["wire"]>;
}

/** A choice made definite for the devices that are present now. */
export interface Resolved {
  readonly request: LoadRequest;
  readonly plan: PlanResult;
}

/**
 * Plans a choice. Spreading needs the number of layers, which the planner's own placement tells: its last stage ends
 * there. Where no placement fits, an even one doesn't either, and the planner's answer stands.
 */
export async function resolveChoice(edgeloom: Edgeloom, choice: Choice): Promise<Resolved> {
  const request: LoadRequest = { model: choice.model, wire: choice.wire };
  const plan = await edgeloom.plan(request);
  if (choice.spread === "fewest" || plan.type === "infeasible") return { request, plan };
  const layers = plan.placement.stages.at(-1)?.end ?? 0;
  const ids = computing(edgeloom.snapshot().devices).map(({ id }) => id);
  const spread: LoadRequest = { ...request, placement: spreadEvenly(layers, ids) };
  return { request: spread, plan: await edgeloom.plan(spread) };
}
