import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import type { DeviceCapacity, PlanProblem } from "./problem.ts";

/**
 * The devices that can take slices: of those asked for, the ones that have measured their speed.
 * Throws InvalidRequest when the problem contradicts itself; NoDevices when nobody computes.
 */
export function candidatesOf(problem: PlanProblem): readonly DeviceCapacity[] {
  checkNumbers(problem);
  const { devices, withDevices } = problem;
  const stranger = withDevices?.find((wanted) => !devices.some(({ id }) => id === wanted));
  if (stranger !== undefined)
    throw new EdgeloomError(
      "InvalidRequest",
      `no device ${stranger} computes in this room; there are ${devices.map(({ id }) => id).join(", ") || "none"}`,
    );
  const asked = devices.filter(({ id }) => withDevices?.includes(id) ?? true);
  const measured = asked.filter(({ gflops }) => gflops > 0);
  if (measured.length > 0) return measured;
  throw new EdgeloomError(
    "NoDevices",
    asked.length === 0
      ? "nobody in this room computes; open a tab without role=, here or on another device"
      : "no device has measured its speed yet; try again in a moment",
  );
}

function checkNumbers({ devices, cost, contextTokens }: PlanProblem): void {
  if (new Set(devices.map(({ id }) => id)).size !== devices.length) throw invalid("a device is listed twice");
  if (cost.layers.length === 0) throw invalid("a model without layers can't be placed");
  if (!Number.isInteger(contextTokens) || contextTokens < 0)
    throw invalid(`caches can't be reserved for ${contextTokens} tokens`);
  for (const { id, budgetBytes, gflops } of devices)
    if (!(isAmount(budgetBytes) && isAmount(gflops)))
      throw invalid(`device ${id} states ${budgetBytes} bytes of memory and ${gflops} GFLOP/s`);
}

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;
const invalid = (fact: string): EdgeloomError =>
  new EdgeloomError("InvalidRequest", `${fact}; reload the tab that said so`);
