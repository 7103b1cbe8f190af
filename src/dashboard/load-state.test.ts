import { describe, expect, test } from "vitest";
import type { Device, SwarmSnapshot } from "../page-api.ts";
import { loadStateOf } from "./load-state.ts";

const device = (status: Device["status"], loading: Device["loading"] = null): Device => ({
  id: status,
  name: status,
  backend: "wasm",
  threads: 1,
  memoryBudgetBytes: 1,
  memoryUsedBytes: 0,
  gflops: 1,
  status,
  visible: true,
  role: "device",
  loading,
  failure: null,
});
const room = (devices: readonly Device[], isPlaced: boolean): SwarmSnapshot => ({
  room: "r",
  self: "a",
  coordinator: "a",
  devices,
  links: [],
  placement: isPlaced ? { id: "p", model: "m", stages: [], predictedTokenMs: 1 } : null,
  generations: [],
  jobs: [],
  model: null,
  laps: [],
  notices: [],
});

describe("the room's load", () => {
  test("is the sum of what its devices fetch, until none does", () => {
    const a = device("loading", { loadedBytes: 1, totalBytes: 10 });
    const b = device("loading", { loadedBytes: 5, totalBytes: 20 });
    expect(loadStateOf(room([a, b, device("ready")], true))).toEqual({
      type: "loading",
      loadedBytes: 6,
      totalBytes: 30,
    });
    expect(loadStateOf(room([device("loading")], true))).toEqual({
      type: "loading",
      loadedBytes: 0,
      totalBytes: 0,
    });
    expect(loadStateOf(room([device("ready")], true))).toEqual({ type: "ready" });
    expect(loadStateOf(room([device("idle")], false))).toEqual({ type: "none" });
  });
});
