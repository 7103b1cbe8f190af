import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Device } from "../page-api.ts";
import { computing, spreadEvenly } from "./spread.ts";

const device = (id: string, changes: Partial<Device> = {}): Device => ({
  id,
  name: id,
  backend: "wasm",
  threads: 1,
  memoryBudgetBytes: 1,
  memoryUsedBytes: 0,
  gflops: 1,
  status: "idle",
  visible: true,
  role: "device",
  loading: null,
  failure: null,
  ...changes,
});

describe("spreading a model evenly", () => {
  test("six layers over four devices are 2, 2, 1 and 1", () => {
    expect(spreadEvenly(6, ["a", "b", "c", "d"])).toEqual([
      { device: "a", start: 0, end: 2 },
      { device: "b", start: 2, end: 4 },
      { device: "c", start: 4, end: 5 },
      { device: "d", start: 5, end: 6 },
    ]);
  });

  test("[S1] every layer is held once, in order, nobody has none, and no two differ by more than one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 70 }), (layers, count) => {
        const ids = Array.from({ length: count }, (_, i) => `d${i}`);
        const placement = spreadEvenly(layers, ids);
        const held = placement.flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        );
        expect(held).toEqual(Array.from({ length: layers }, (_, i) => i));
        const sizes = placement.map(({ start, end }) => end - start);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(placement.map((stage) => stage.device)).toEqual(ids.slice(0, Math.min(layers, count)));
      }),
    );
  });

  test("without devices or layers nothing is placed", () => {
    expect([spreadEvenly(6, []), spreadEvenly(0, ["a"])]).toEqual([[], []]);
  });

  test("clients, viewers, and those who come or go take no slice", () => {
    const devices = [
      device("a"),
      device("b", { role: "client" }),
      device("c", { role: "viewer" }),
      device("d", { status: "lost" }),
      device("e", { status: "joining" }),
      device("f", { status: "ready" }),
    ];
    expect(computing(devices).map(({ id }) => id)).toEqual(["a", "f"]);
  });
});
