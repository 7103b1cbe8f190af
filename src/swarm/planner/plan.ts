import type { PlanResult } from "../../page-api.ts";
import { candidatesOf } from "./check-problem.ts";
import { completionOf, MOST_DEVICES_OF_UNEQUAL_LAYERS } from "./completion.ts";
import { type Footprint, footprintOf } from "./footprint.ts";
import { fewestThatFit, fits } from "./order.ts";
import { predict } from "./predict.ts";
import type { DeviceCapacity, Placed, PlanProblem } from "./problem.ts";
import { splitBySpeed } from "./split.ts";

/**
 * Where the layers go. Memory is a hard bound [S1]; within it, "latency" takes the fewest devices and shares the layers by
 * measured speed, "throughput" takes as many as make the slowest stage fastest. The same problem always gives the same plan.
 * When nothing fits, `missingBytes` is what the roomiest device would need on top of its budget.
 * Throws NoDevices, InvalidRequest.
 */
export function plan(problem: PlanProblem): PlanResult {
  const footprint = footprintOf(problem.cost, problem.contextTokens);
  const devices = byPreference(considered(footprint, candidatesOf(problem)), problem.asker);
  const chain = fewestThatFit({ footprint, devices, canFinish: completionOf(footprint, devices) });
  if (!chain) return infeasible(problem, footprint, devices);
  const chains = problem.objective === "throughput" ? [chain, ...prefixes(devices)] : [chain];
  const placements = chains.flatMap((order) => {
    const ranges = splitBySpeed(footprint, order);
    return ranges ? [predict(problem, footprint, ranges)] : [];
  });
  const placement = placements.reduce((best, other) => (slowestMs(other) < slowestMs(best) ? other : best));
  return { type: "placed", placement };
}

const slowestMs = ({ stages }: Placed): number => Math.max(...stages.map(({ predictedMs }) => predictedMs));

const prefixes = (devices: readonly DeviceCapacity[]): readonly (readonly DeviceCapacity[])[] =>
  devices.map((_, i) => devices.slice(0, i + 1));

/** The asker first, where the prompt is; then the fastest, the roomiest, and the id to settle it. */
function byPreference(devices: readonly DeviceCapacity[], asker: string): readonly DeviceCapacity[] {
  return [...devices].sort(
    (a, b) =>
      Number(b.id === asker) - Number(a.id === asker) ||
      b.gflops - a.gflops ||
      b.budgetBytes - a.budgetBytes ||
      (a.id < b.id ? -1 : 1),
  );
}

const byRoom = (devices: readonly DeviceCapacity[]): readonly DeviceCapacity[] =>
  [...devices].sort((a, b) => b.budgetBytes - a.budgetBytes || (a.id < b.id ? -1 : 1));

const considered = (footprint: Footprint, devices: readonly DeviceCapacity[]): readonly DeviceCapacity[] =>
  footprint.layersAlike ? devices : byRoom(devices).slice(0, MOST_DEVICES_OF_UNEQUAL_LAYERS);

function infeasible(
  problem: PlanProblem,
  footprint: Footprint,
  devices: readonly DeviceCapacity[],
): PlanResult {
  const total = footprint.bytes(0, footprint.layers);
  const [roomiest] = byRoom(devices);
  const fitsWith = (extraBytes: number): boolean => {
    const enlarged = devices.map((device) =>
      device === roomiest ? { ...device, budgetBytes: device.budgetBytes + extraBytes } : device,
    );
    return fits({ footprint, devices: enlarged, canFinish: completionOf(footprint, enlarged) });
  };
  let missingBytes = Math.ceil(total);
  for (let low = 0; low < missingBytes; ) {
    const middle = Math.floor((low + missingBytes) / 2);
    if (fitsWith(middle)) missingBytes = middle;
    else low = middle + 1;
  }
  const offered = devices.reduce((sum, { budgetBytes }) => sum + budgetBytes, 0);
  const reason =
    `${problem.model} takes ${total} bytes (weights, and caches of ${problem.contextTokens} tokens); ` +
    `${devices.length} device(s) offer ${offered}. ${missingBytes} bytes more on ${roomiest?.id} would do: ` +
    "raise its memory budget, or open the room on another device";
  return { type: "infeasible", missingBytes, reason };
}
