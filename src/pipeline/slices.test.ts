import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Runtime } from "../compute/runtime.ts";
import { type Model, openModel } from "../models/model.ts";
import type { Slice } from "../models/slice.ts";
import { randomCheckpoint } from "../models/testing/random-checkpoint.ts";
import { referenceLogits } from "../models/testing/reference.ts";
import { configVariants } from "../models/testing/small-configs.ts";
import { memoryFolder } from "../tensor/checkpoint/memory-folder.ts";
import { nodeRuntime, runSlice } from "./testing/slice-runner.ts";

const ids = [3, 14, 15, 92, 65, 35, 89, 79, 32, 38, 46];

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nodeRuntime();
});
afterAll(async () => {
  expect(await runtime.memory()).toEqual({ weightBytes: 0, residentBytes: 0 });
});

const wholeOf = ({ decoder }: Model): Slice => ({
  start: 0,
  end: decoder.shape.layers,
  embedding: true,
  head: true,
});

/** Logits of every row, through slices one after the other, in one step. */
async function chain(model: Model, slices: readonly Slice[]): Promise<Float32Array> {
  let entering: readonly number[] | Float32Array<ArrayBuffer> = ids;
  let logits = new Float32Array(0);
  for (const slice of slices) {
    const running = await runSlice(runtime, model, { slice });
    logits = await running.step(entering, 0);
    entering = logits;
    await running.close();
  }
  return logits;
}

/** Every way to cut the modules (embedding, layers, head) in two. */
function cutsOf({ decoder }: Model): readonly (readonly [Slice, Slice])[] {
  const { layers } = decoder.shape;
  const inner = Array.from({ length: layers + 1 }, (_, cut): readonly [Slice, Slice] => [
    { start: 0, end: cut, embedding: true, head: false },
    { start: cut, end: layers, embedding: false, head: true },
  ]);
  return inner;
}

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - Number(b[i]))), 0);
};

const stored = [
  { dtype: "F32", shards: 1 },
  { dtype: "F16", shards: 2 },
  { dtype: "BF16", shards: 1 },
  { dtype: "F32", shards: 2 },
  { dtype: "F16", shards: 1 },
  { dtype: "BF16", shards: 2 },
] as const;

describe.each(configVariants)("$name", ({ family, config }) => {
  test.each(stored)(
    "the whole model equals the float64 reference ($dtype, shards: $shards)",
    async ({ dtype, shards }) => {
      const checkpoint = randomCheckpoint({ family, config, seed: 7, dtype, shards });
      const model = await openModel(memoryFolder(checkpoint.files));
      const expected = referenceLogits(checkpoint.config, checkpoint.weights, ids);
      expect(furthest(await chain(model, [wholeOf(model)]), expected)).toBeLessThan(1e-3);
    },
  );

  test("[P1] two chained slices equal the whole for every cut, also beside the embedding and the head", async () => {
    const model = await openModel(
      memoryFolder(randomCheckpoint({ family, config, seed: 8, dtype: "F32", shards: 1 }).files),
    );
    const whole = await chain(model, [wholeOf(model)]);
    for (const cut of cutsOf(model)) expect(furthest(await chain(model, cut), whole)).toBeLessThan(1e-4);
  });

  test("[P1] one module to a slice equals the whole", async () => {
    const model = await openModel(
      memoryFolder(randomCheckpoint({ family, config, seed: 9, dtype: "F32", shards: 1 }).files),
    );
    const { layers } = model.decoder.shape;
    const single = Array.from(
      { length: layers },
      (_, index): Slice => ({ start: index, end: index + 1, embedding: false, head: false }),
    );
    const embedding = { start: 0, end: 0, embedding: true, head: false };
    const head = { start: layers, end: layers, embedding: false, head: true };
    const whole = await chain(model, [wholeOf(model)]);
    expect(furthest(await chain(model, [embedding, ...single, head]), whole)).toBeLessThan(1e-4);
  });

  test.each(["decomposed", "fused"] as const)(
    "[P2] decode with a cache equals recomputation (%s attention)",
    async (form) => {
      const model = await openModel(
        memoryFolder(randomCheckpoint({ family, config, seed: 10, dtype: "F32", shards: 1 }).files),
      );
      if (form === "fused" && model.decoder.shape.headDim % 16 !== 0)
        return expect(await formFor(model)).toBe("decomposed");
      const expected = await chain(model, [wholeOf(model)]);
      const running = await runSlice(runtime, model, { slice: wholeOf(model), form });
      const rows: number[] = [];
      // A prompt, a continuation of several rows, and single tokens.
      for (const [start, end] of [
        [0, 5],
        [5, 8],
        [8, 9],
        [9, 10],
        [10, 11],
      ] as const)
        rows.push(...(await running.step(ids.slice(start, end), start)));
      await running.close();
      expect(furthest(rows, expected)).toBeLessThan(1e-4);
    },
  );
});

const formFor = ({ decoder: { shape } }: Model) => runtime.attentionForm(shape);
