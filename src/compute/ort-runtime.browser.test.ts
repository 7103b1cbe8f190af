import { beforeAll, describe, expect, test } from "vitest";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { loadWeights } from "../models/load-weights.ts";
import { type Model, openModel } from "../models/model.ts";
import { buildSlice } from "../models/slice.ts";
import { stepFeeds } from "../models/step-feeds.ts";
import { randomCheckpoint } from "../models/testing/random-checkpoint.ts";
import { memoryFolder } from "../tensor/checkpoint/memory-folder.ts";
import { i32Tensor } from "../tensor/tensor.ts";
import { createOrtRuntime } from "./ort-runtime.ts";
import type { Backend, Runtime } from "./runtime.ts";

const ids = [3, 14, 15, 92, 65, 35, 89, 79];
const runtimes: Partial<Record<Backend, Runtime>> = {};

beforeAll(async () => {
  for (const backend of ["wasm", "webgpu"] as const) {
    const runtime = createOrtRuntime();
    const profile = await runtime.start({ backend, threads: 1, memoryBudgetBytes: 2 ** 28, slow: 1 });
    expect(profile.backend).toBe(backend);
    runtimes[backend] = runtime;
  }
});

/** Logits of every row on this backend: a prompt of five rows, then single tokens from the cache. */
async function logits(backend: Backend, model: Model): Promise<Float32Array> {
  const runtime = runtimes[backend];
  if (!runtime) throw new Error(`${backend} did not start`);
  const { shape } = model.decoder;
  const whole = { start: 0, end: shape.layers, embedding: true, head: true };
  const slice = buildSlice(model.decoder, whole, "decomposed");
  const watch = { signal: new AbortController().signal, onBytes: () => {} };
  const residentOutputs = slice.caches.map(({ output }) => output);
  const weights = await loadWeights(slice.graph, model.checkpoint, watch);
  await runtime.load({ id: "model", onnx: encodeOnnx(slice.graph), weights, residentOutputs });
  const residents = slice.caches.map((cache) => ({ ...cache, key: `model/${cache.input}` }));
  const rows: number[] = [];
  for (const [position, end] of [
    [0, 5],
    [5, 6],
    [6, 7],
    [7, 8],
  ] as const) {
    const step = ids.slice(position, end);
    const feeds = stepFeeds(shape, slice, { position, rows: step.length, taken: step.map((_, row) => row) });
    const { outputs } = await runtime.run({
      program: "model",
      feeds: { ...feeds, ids: i32Tensor([step.length], step) },
      residents,
      fetch: ["logits"],
    });
    if (outputs["logits"]?.dtype === "f32") rows.push(...outputs["logits"].data);
  }
  await runtime.free("model/");
  await runtime.unload("model");
  expect(await runtime.memory()).toEqual({ weightBytes: 0, residentBytes: 0 });
  return Float32Array.from(rows);
}

describe.each(["llama", "qwen3", "gpt2"] as const)("%s", (family) => {
  test("[G3] WebGPU gives what WASM gives, prompt and decode", async () => {
    const { files } = randomCheckpoint({ family, seed: 11, dtype: "F32", shards: 1 });
    const model = await openModel(memoryFolder(files));
    const [wasm, webgpu] = [await logits("wasm", model), await logits("webgpu", model)];
    expect(webgpu.length).toBe(ids.length * model.decoder.shape.vocabularySize);
    const furthest = wasm.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (webgpu[i] ?? Number.NaN))),
      0,
    );
    expect(furthest).toBeLessThan(1e-3);
  });
});

test("calls that overlap queue up instead of blocking the thread", async () => {
  const runtime = runtimes.webgpu;
  const forms = await Promise.all([
    runtime?.attentionForm({ heads: 4, kvHeads: 2, headDim: 16 }),
    runtime?.attentionForm({ heads: 2, kvHeads: 2, headDim: 8 }),
  ]);
  // Head sizes that the fused kernel doesn't take are never fused; others are whatever the device earned.
  expect(["fused", "decomposed"]).toContain(forms[0]);
  expect(forms[1]).toBe("decomposed");
});
