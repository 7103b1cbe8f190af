import { describe, expect, test } from "vitest";
import type { Device, SwarmSnapshot } from "../page-api.ts";
import { ringOf } from "./ring.ts";
import { describeRing } from "./ring-text.ts";

const device = (id: string, name: string): Device => ({
  id,
  name,
  backend: "wasm",
  threads: 1,
  memoryBudgetBytes: 1,
  memoryUsedBytes: 0,
  gflops: 1,
  status: "ready",
  visible: true,
  role: "device",
  loading: null,
  failure: null,
});

const stage = { embedding: false, head: false, weightBytes: 10, predictedMs: 2 };
const snapshot: SwarmSnapshot = {
  room: "r",
  self: "a",
  coordinator: "a",
  devices: [device("a", "Ada"), device("b", "Ben"), device("c", "Cleo")],
  links: [
    { from: "a", to: "b", rttMs: 4, bytesPerSecond: 1, path: "direct" },
    { from: "c", to: "b", rttMs: 9, bytesPerSecond: 1, path: "relay" },
  ],
  placement: {
    id: "p",
    model: "m",
    predictedTokenMs: 5,
    stages: [
      { ...stage, start: 0, end: 2, devices: ["a"], embedding: true },
      { ...stage, start: 2, end: 5, devices: ["b"] },
      { ...stage, start: 5, end: 6, devices: ["c"], head: true },
    ],
  },
  generations: [],
  jobs: [],
  model: null,
  laps: [
    { device: "a", start: 0, end: 2, computeMs: 1.5, wireMs: 0.1 },
    { device: "b", start: 2, end: 5, computeMs: 3, wireMs: 2.2 },
  ],
  notices: [],
};

describe("the ring", () => {
  test("without a placement there is none", () =>
    expect(ringOf({ ...snapshot, placement: null })).toBeNull());

  test("each stage has its own lap, and each hop the link between its two ends, whoever measured it", () => {
    const ring = ringOf(snapshot)!;
    expect(ring.stages.map(({ holder, computeMs, hop }) => [holder, computeMs, hop])).toEqual([
      ["Ada", 1.5, { wireMs: 0.1, rttMs: null, path: "here" }],
      ["Ben", 3, { wireMs: 2.2, rttMs: 4, path: "direct" }],
      ["Cleo", null, { wireMs: null, rttMs: 9, path: "relay" }],
    ]);
    expect([ring.layers, ring.asker, ring.back.path]).toEqual([6, { name: "Ada", isSelf: true }, "unknown"]);
  });

  test("the asker is whoever generates, this tab before others", () => {
    const by = (id: string) => ({ id, device: id, tokens: 1, tokensPerSecond: 1 });
    const other = ringOf({ ...snapshot, generations: [by("c")] })!;
    expect([other.asker, other.stages[0]!.hop.path, other.back.path, other.isBusy]).toEqual([
      { name: "Cleo", isSelf: false },
      "unknown",
      "here",
      true,
    ]);
    expect(ringOf({ ...snapshot, generations: [by("c"), by("a")] })!.asker.name).toBe("Ada");
  });

  test("replicas are named together, and one that left by its id", () => {
    const placement = {
      ...snapshot.placement!,
      stages: [{ ...stage, start: 0, end: 6, devices: ["b", "gone"] }],
    };
    expect(ringOf({ ...snapshot, placement })!.stages[0]!.holder).toBe("Ben + gone");
  });

  test("the text says all that the picture shows", () => {
    expect(describeRing(ringOf(snapshot)!)).toEqual([
      "Stage 1 of 3: Ada holds layers 0–1 and the embedding, computes 1.50 ms, 0.10 ms on the wire from this tab in the same tab.",
      "Stage 2 of 3: Ben holds layers 2–4, computes 3.00 ms, 2.20 ms on the wire from Ada, round trip 4.00 ms.",
      "Stage 3 of 3: Cleo holds layer 5 and the head, predicted to compute 2.00 ms, comes from Ben over a relay, round trip 9.00 ms.",
      "The token goes back to this tab.",
    ]);
  });
});
