import fc from "fast-check";
import type { ModelCost, ModuleCost } from "../../models/cost.ts";
import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import { plan } from "../planner/plan.ts";
import type { DeviceCapacity, PlanProblem } from "../planner/problem.ts";

const moduleCost = (
  weightBytes: number,
  cacheBytesPerToken = 0,
  flopsPerToken = 2 * weightBytes,
): ModuleCost => ({
  weightBytes,
  cacheBytesPerToken,
  flopsPerToken,
});

const arbitraryModule = fc
  .record({
    weight: fc.integer({ min: 1, max: 12 }),
    cache: fc.nat(3),
    flops: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ weight, cache, flops }) => moduleCost(weight, cache, flops));

const arbitraryLayers = fc.oneof(
  fc.array(arbitraryModule, { minLength: 1, maxLength: 6 }),
  fc
    .tuple(arbitraryModule, fc.integer({ min: 1, max: 7 }))
    .map(([layer, length]) => Array.from({ length }, () => layer)),
);

const arbitraryCost: fc.Arbitrary<ModelCost> = fc
  .record({ embedding: arbitraryModule, layers: arbitraryLayers, head: arbitraryModule, tied: fc.boolean() })
  .map(({ embedding, layers, head, tied }) => ({
    embedding,
    layers,
    head,
    tiedBytes: tied ? Math.min(embedding.weightBytes, head.weightBytes) : 0,
    hiddenBytes: 8,
  }));

export const arbitraryProblem: fc.Arbitrary<PlanProblem> = fc
  .record({
    cost: arbitraryCost,
    contextTokens: fc.nat(3),
    capacities: fc.array(fc.record({ budgetBytes: fc.nat(60), gflops: fc.integer({ min: 1, max: 9 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
    asker: fc.nat(5),
    rtts: fc.array(fc.nat(30), { minLength: 6, maxLength: 6 }),
    objective: fc.constantFrom("latency" as const, "throughput" as const),
  })
  .map(({ cost, contextTokens, capacities, asker, rtts, objective }) => {
    const devices = capacities.map((capacity, i) => ({ id: `d${i}`, ...capacity }));
    const pairs = devices.flatMap((a, i) => devices.slice(i + 1).map((b) => ({ from: a.id, to: b.id })));
    const links = pairs.map((pair, i) => ({ ...pair, rttMs: rtts[i] ?? 0 }));
    return {
      id: "00000000000000aa",
      model: "m",
      cost,
      contextTokens,
      devices,
      links,
      asker: `d${asker}`,
      objective,
    };
  });

/** Bytes of one stage, counted module by module. */
export function bytesOf({ cost, contextTokens }: PlanProblem, start: number, end: number): number {
  const modules = cost.layers.slice(start, end);
  if (start === 0) modules.push(cost.embedding);
  if (end === cost.layers.length) modules.push(cost.head);
  const bytes = modules.reduce((sum, m) => sum + m.weightBytes + contextTokens * m.cacheBytesPerToken, 0);
  return start === 0 && end === cost.layers.length ? bytes - cost.tiedBytes : bytes;
}

/** The fewest devices that hold the model, by trying every order and every cut; null when none do. */
export function fewest(problem: PlanProblem, devices: readonly DeviceCapacity[], start = 0): number | null {
  const layers = problem.cost.layers.length;
  if (start === layers) return 0;
  let best: number | null = null;
  for (const device of devices)
    for (let end = start + 1; end <= layers; end++) {
      if (bytesOf(problem, start, end) > device.budgetBytes) continue;
      const others = devices.filter((other) => other !== device);
      const rest = fewest(problem, others, end);
      if (rest !== null && (best === null || rest + 1 < best)) best = rest + 1;
    }
  return best;
}

export function placed(problem: PlanProblem) {
  const result = plan(problem);
  if (result.type !== "placed") throw new Error(result.reason);
  return result.placement;
}

export const gpt = (
  layers: number,
  devices: readonly DeviceCapacity[],
  more: Partial<PlanProblem> = {},
): PlanProblem => ({
  id: "00000000000000aa",
  model: "m",
  cost: {
    embedding: moduleCost(50, 0, 0),
    layers: Array.from({ length: layers }, () => moduleCost(100)),
    head: moduleCost(50),
    tiedBytes: 50,
    hiddenBytes: 8,
  },
  contextTokens: 0,
  devices,
  links: [],
  asker: "a",
  ...more,
});
export const device = (id: string, budgetBytes: number, gflops = 1): DeviceCapacity => ({
  id,
  budgetBytes,
  gflops,
});
export const stagesOf = (problem: PlanProblem) =>
  placed(problem).stages.map((s) => [s.devices[0], s.start, s.end]);
export const nameOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return error instanceof EdgeloomError ? error.name : String(error);
  }
  return "none";
};
