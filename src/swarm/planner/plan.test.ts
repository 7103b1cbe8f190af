import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arbitraryProblem,
  bytesOf,
  device,
  fewest,
  gpt,
  nameOf,
  placed,
  stagesOf,
} from "../testing/problems.ts";
import { plan } from "./plan.ts";
import type { PlanProblem } from "./problem.ts";

describe("plan", () => {
  test("[S1] a placement covers every layer once and exceeds no budget, caches included", () => {
    fc.assert(
      fc.property(arbitraryProblem, (problem) => {
        const result = plan(problem);
        if (result.type === "infeasible") return;
        const { stages } = result.placement;
        const covered = stages.flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        );
        expect(covered).toEqual(problem.cost.layers.map((_, i) => i));
        expect(stages.every(({ start, end }) => end > start)).toBe(true);
        const used = stages.flatMap(({ devices }) => devices);
        expect(new Set(used).size).toBe(used.length);
        stages.forEach(({ start, end, devices, embedding, head }, i) => {
          const budget = problem.devices.find(({ id }) => id === devices[0])?.budgetBytes ?? -1;
          expect(bytesOf(problem, start, end)).toBeLessThanOrEqual(budget);
          expect([embedding, head]).toEqual([i === 0, i === stages.length - 1]);
        });
      }),
      { numRuns: 500 },
    );
  });

  test("[S1] infeasible exactly when no order and no cut fits; otherwise for latency never more devices than needed", () => {
    fc.assert(
      fc.property(arbitraryProblem, (problem) => {
        const result = plan({ ...problem, objective: "latency" });
        const found = result.type === "placed" ? result.placement.stages.length : null;
        expect(found).toBe(fewest(problem, problem.devices));
      }),
      { numRuns: 800 },
    );
  });

  test("missingBytes more on the roomiest device make it fit, and one byte less does not", () => {
    fc.assert(
      fc.property(arbitraryProblem, (problem) => {
        const result = plan(problem);
        if (result.type === "placed") return;
        const most = Math.max(...problem.devices.map(({ budgetBytes }) => budgetBytes));
        const roomiest = problem.devices.find(({ budgetBytes }) => budgetBytes === most);
        const enlarged = (by: number) =>
          problem.devices.map((d) => (d === roomiest ? { ...d, budgetBytes: d.budgetBytes + by } : d));
        expect(fewest(problem, enlarged(result.missingBytes))).not.toBeNull();
        expect(fewest(problem, enlarged(result.missingBytes - 1))).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  test("the order in which devices are listed changes nothing", () => {
    fc.assert(
      fc.property(arbitraryProblem, (problem) => {
        expect(plan({ ...problem, devices: problem.devices.toReversed() })).toEqual(plan(problem));
      }),
    );
  });

  test("throughput's slowest stage is never slower than latency's", () => {
    const slowest = (problem: PlanProblem) => Math.max(...placed(problem).stages.map((s) => s.predictedMs));
    fc.assert(
      fc.property(arbitraryProblem, (problem) => {
        if (plan(problem).type === "infeasible") return;
        const throughput = slowest({ ...problem, objective: "throughput" });
        expect(throughput).toBeLessThanOrEqual(slowest({ ...problem, objective: "latency" }));
      }),
    );
  });

  test("throughput spreads a model that fits one device over equal devices", () => {
    const devices = ["a", "b", "c"].map((id) => device(id, 10_000));
    expect(stagesOf(gpt(6, devices))).toEqual([["a", 0, 6]]);
    expect(placed(gpt(6, devices, { objective: "throughput" })).stages).toHaveLength(3);
  });

  test("layers are shared by measured speed where memory allows", () => {
    // Flops: 9 layers × 200 and a head of 100; 1900 · 3/4 = 1425 is nearest to 7 layers; memory decides for 650.
    expect(stagesOf(gpt(9, [device("a", 850, 3), device("b", 850, 1)]))).toEqual([
      ["a", 0, 7],
      ["b", 7, 9],
    ]);
    expect(stagesOf(gpt(9, [device("a", 650, 3), device("b", 850, 1)]))).toEqual([
      ["a", 0, 6],
      ["b", 6, 9],
    ]);
  });

  test("the asker is the first stage, even when others are faster", () => {
    const devices = [device("a", 400), device("b", 400, 9), device("c", 400, 5)];
    expect(stagesOf(gpt(6, devices, { asker: "c" })).map(([id]) => id)).toEqual(["c", "b"]);
    expect(stagesOf(gpt(6, devices, { asker: "viewer" })).map(([id]) => id)).toEqual(["b", "c"]);
  });

  test("one device holds a tied weight once, two hold it twice", () => {
    expect(stagesOf(gpt(2, [device("a", 250)]))).toEqual([["a", 0, 2]]);
    const apart = [device("a", 150), device("b", 150)];
    expect(placed(gpt(2, apart)).stages.map(({ weightBytes }) => weightBytes)).toEqual([150, 150]);
    expect(plan(gpt(2, [device("a", 249)]))).toMatchObject({ type: "infeasible", missingBytes: 1 });
  });

  test("a token's predicted time is its products and half a round trip per hop, back to the asker", () => {
    const links = [
      { from: "a", to: "b", rttMs: 10 },
      { from: "c", to: "b", rttMs: 4 },
      { from: "a", to: "c", rttMs: 2 },
    ];
    const cost = gpt(3, []).cost;
    const devices = [device("a", 150, 1e-6), device("b", 100, 2e-6), device("c", 150, 4e-6)];
    const { stages, predictedTokenMs } = placed(gpt(3, devices, { cost, links }));
    // a: 200 operations at 1000 per second; the rest by hand in the same way.
    const order = stages.map(({ devices: [id] }) => id);
    expect(order[0]).toBe("a");
    const speeds: Record<string, number> = { a: 1, b: 2, c: 4 };
    const operations = order.map((_, i) => (i === 2 ? 300 : 200));
    const computeMs = order.map((id, i) => (operations[i] ?? 0) / (speeds[id ?? ""] ?? 0));
    expect(stages.map(({ predictedMs }) => predictedMs)).toEqual(
      computeMs.map((ms) => expect.closeTo(ms, 9)),
    );
    expect(predictedTokenMs).toBeCloseTo(computeMs.reduce((x, y) => x + y) + (10 + 4 + 2) / 2, 9);
  });

  test("64 devices and 128 layers are planned, or found infeasible", () => {
    const crowd = Array.from({ length: 64 }, (_, i) => device(`d${i}`, 250 + 100 * (i % 3), 1 + (i % 5)));
    expect(plan(gpt(128, crowd, { objective: "throughput" })).type).toBe("placed");
    expect(plan(gpt(200, crowd)).type).toBe("infeasible");
  });

  test("neither strangers nor devices of unknown speed take slices; nobody and nonsense are refused by name", () => {
    const devices = [device("a", 1000), device("b", 1000)];
    expect(stagesOf(gpt(2, [device("a", 1000, 0), device("b", 1000)]))).toEqual([["b", 0, 2]]);
    expect(stagesOf(gpt(2, devices, { withDevices: ["b"] }))).toEqual([["b", 0, 2]]);
    expect(nameOf(() => plan(gpt(2, devices, { withDevices: ["z"] })))).toBe("InvalidRequest");
    expect(nameOf(() => plan(gpt(2, devices, { withDevices: [] })))).toBe("NoDevices");
    expect(nameOf(() => plan(gpt(2, [device("a", 1000, 0)])))).toBe("NoDevices");
    expect(nameOf(() => plan(gpt(2, [])))).toBe("NoDevices");
    expect(nameOf(() => plan(gpt(2, [device("a", Number.NaN)])))).toBe("InvalidRequest");
    expect(nameOf(() => plan(gpt(2, [device("a", 1000, Number.POSITIVE_INFINITY)])))).toBe("InvalidRequest");
    expect(nameOf(() => plan(gpt(2, [device("a", 1000), device("a", 1000)])))).toBe("InvalidRequest");
    expect(nameOf(() => plan(gpt(0, devices)))).toBe("InvalidRequest");
    expect(nameOf(() => plan(gpt(2, devices, { contextTokens: -1 })))).toBe("InvalidRequest");
  });
});
