import { useEffect, useState } from "react";
import type { Device, Edgeloom, PlanResult } from "../page-api.ts";
import { type Failure, failureOf } from "../tensor/edgeloom-error.ts";
import { type Choice, resolveChoice } from "./choice.ts";

export type Preview =
  | { readonly type: "none" }
  | { readonly type: "planning" }
  | { readonly type: "planned"; readonly plan: PlanResult }
  | { readonly type: "failed"; readonly failure: Failure };

/** Long enough for a burst of joining devices to be one plan. */
const settleMs = 150;

/** What loading this choice would do; planned anew when the choice or the room's means change. Null plans nothing. */
export function usePlan(edgeloom: Edgeloom, choice: Choice | null, devices: readonly Device[]): Preview {
  const [preview, setPreview] = useState<Preview>({ type: "none" });
  const model = choice?.model ?? null;
  const spread = choice?.spread ?? "fewest";
  const wire = choice?.wire ?? "f32";
  const means = meansOf(devices);
  // A plan of another model would mislead while the new one is made; one of the same model is nearly right.
  useEffect(() => setPreview({ type: model === null ? "none" : "planning" }), [model]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the room's means are what a plan depends on
  useEffect(() => {
    if (model === null) return;
    let isCurrent = true;
    const settle = (next: Preview): void => {
      if (isCurrent) setPreview(next);
    };
    const timer = setTimeout(() => {
      resolveChoice(edgeloom, { model, spread, wire }).then(
        ({ plan }) => settle({ type: "planned", plan }),
        (error: unknown) => settle({ type: "failed", failure: failureOf(error) }),
      );
    }, settleMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [edgeloom, model, spread, wire, means]);
  return preview;
}

/** All of the devices that a placement depends on, as one comparable text. */
const meansOf = (devices: readonly Device[]): string =>
  devices
    .map(
      (d) =>
        `${d.id} ${d.role} ${d.status === "lost"} ${d.status === "joining"} ${d.memoryBudgetBytes} ${d.gflops}`,
    )
    .join("\n");
