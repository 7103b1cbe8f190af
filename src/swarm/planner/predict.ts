import type { DeviceId } from "../../transport/link.ts";
import type { Footprint } from "./footprint.ts";
import type { Placed, PlanProblem, StageRange } from "./problem.ts";

/** The placement that these ranges make, with the predicted time of one token: products, then half a round trip per hop. */
export function predict(problem: PlanProblem, footprint: Footprint, ranges: readonly StageRange[]): Placed {
  const gflops = new Map(problem.devices.map((device) => [device.id, device.gflops]));
  const stages = ranges.map(({ device, start, end }) => ({
    start,
    end,
    devices: [device],
    embedding: start === 0,
    head: end === footprint.layers,
    weightBytes: footprint.weightBytes(start, end),
    predictedMs: footprint.flops(start, end) / ((gflops.get(device) ?? 0) * 1e6),
  }));
  const computeMs = stages.reduce((sum, { predictedMs }) => sum + predictedMs, 0);
  const ring = [problem.asker, ...ranges.map(({ device }) => device), problem.asker];
  const hopMs = ring.slice(1).reduce((sum, to, i) => sum + rttMs(problem, ring[i] ?? to, to) / 2, 0);
  return { id: problem.id, model: problem.model, stages, predictedTokenMs: computeMs + hopMs };
}

function rttMs({ links }: PlanProblem, a: DeviceId, b: DeviceId): number {
  if (a === b) return 0;
  const link = links.find(({ from, to }) => (from === a && to === b) || (from === b && to === a));
  return link?.rttMs ?? 0;
}
