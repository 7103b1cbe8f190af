import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openTokenizer } from "../tokenizer/tokenizer.ts";
import { loadFloats } from "./float-storage.ts";
import { randomCheckpoint } from "./random-checkpoint.ts";
import { referenceGreedy, referenceLogits } from "./reference.ts";
import type { ReferenceWeight } from "./reference-inputs.ts";
import { configVariants } from "./small-configs.ts";

/** Logits 0, 31, 62 and 96 of the last position, by Hugging Face transformers 5.18 in float64 on the same files. */
const published: ReadonlyMap<string, readonly number[]> = new Map([
  ["llama", [-0.81418, -0.54164, 0.24981, -0.30557]],
  ["llama, tied", [1.48067, -0.91049, -0.2765, 0.00225]],
  ["llama, biases", [-0.33385, -1.27648, -0.91214, -0.21114]],
  ["llama, own head_dim", [0.94672, -1.6311, -0.2155, 0.47152]],
  ["llama, rope_scaling llama3", [1.25679, -2.49957, 0.47871, 0.43705]],
  ["mistral", [-1.08595, 0.69603, -0.16564, -0.71835]],
  ["qwen2", [1.03761, -0.69083, 1.71831, 0.23629]],
  ["qwen2, untied", [1.22172, 1.54715, -1.74749, -0.05714]],
  ["qwen3", [0.28594, -0.63528, -0.0884, -0.45609]],
  ["qwen3, biases, untied", [0.55212, -0.49454, 2.04597, -0.88135]],
  ["gpt2", [0.67138, 1.69647, -1.5144, -1.75739]],
  ["gpt2, n_inner, unscaled", [-0.21754, 2.646, -1.98999, -1.22138]],
]);

const ids = Array.from({ length: 40 }, (_, index) => (index * 31 + 7) % 97);

test.each(configVariants)(
  "the reference computes what transformers computes: $name",
  ({ name, family, config }) => {
    const checkpoint = randomCheckpoint({ family, config, seed: 1, dtype: "F32", shards: 1 });
    const last = referenceLogits(checkpoint.config, checkpoint.weights, ids).slice(-97);
    const wanted = published.get(name);
    expect(wanted).toHaveLength(4);
    // Transformers turns and norms in f32 whatever the dtype, hence five digits.
    for (const [position, id] of [0, 31, 62, 96].entries())
      expect(last[id]).toBeCloseTo(wanted?.[position] ?? Number.NaN, 4);
  },
);

test.each(configVariants)("no position sees a later one: $name", ({ family, config }) => {
  const { config: whole, weights } = randomCheckpoint({ family, config, seed: 2, dtype: "BF16", shards: 1 });
  const long = referenceLogits(whole, weights, ids.slice(0, 12));
  expect(referenceLogits(whole, weights, ids.slice(0, 5))).toEqual(long.slice(0, 5 * 97));
});

test("greedy continues with the most likely id each time", () => {
  const checkpoint = randomCheckpoint({ family: "qwen3", seed: 3, dtype: "F32", shards: 1 });
  const prompt = ids.slice(0, 4);
  const continued = referenceGreedy(checkpoint, prompt, 8);
  const logits = referenceLogits(checkpoint.config, checkpoint.weights, [...prompt, ...continued]);
  for (const [step, id] of continued.entries()) {
    const row = logits.slice((3 + step) * 97, (4 + step) * 97);
    expect(row.indexOf(Math.max(...row))).toBe(id);
  }
});

const stories = new URL("../../../../shared/models/stories260K/", import.meta.url);

describe.runIf(existsSync(stories))("stories260K", () => {
  test("the reference tells the known story", () => {
    const read = (file: string) => readFileSync(new URL(file, stories), "utf8");
    const tokenizer = openTokenizer({
      tokenizerJson: read("tokenizer.json"),
      tokenizerConfigJson: read("tokenizer_config.json"),
      chatTemplate: null,
    });
    const model = {
      config: JSON.parse(read("config.json")),
      weights: f32Weights(readFileSync(new URL("model.safetensors", stories))),
    };
    const expected =
      ", there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. She wanted to play with it, but it was too high.";
    const prompt = tokenizer.encode("Once upon a time");
    // Most likely at every position of the text is, since no position sees a later one, what greedy tells.
    const told = tokenizer.encode(`Once upon a time${expected}`);
    expect(told.slice(0, prompt.length)).toEqual(prompt);
    const logits = referenceLogits(model.config, model.weights, told);
    const best = told.map((_, position) => {
      const row = logits.slice(position * 512, (position + 1) * 512);
      return row.indexOf(Math.max(...row));
    });
    expect(best.slice(prompt.length - 1, -1)).toEqual(told.slice(prompt.length));
    expect(referenceGreedy(model, prompt, 10)).toEqual(told.slice(prompt.length, prompt.length + 10));
  });
});

/** Reads a file that is known to be sound and in F32, without the production reader. */
function f32Weights(file: Uint8Array): ReadonlyMap<string, ReferenceWeight> {
  const headerEnd = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header: Record<string, { shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(file.subarray(8, headerEnd)),
  );
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return new Map(
    entries.map(
      ([
        name,
        {
          shape,
          data_offsets: [start, end],
        },
      ]) => [
        name,
        { shape, data: loadFloats(new Uint8Array(file.slice(headerEnd + start, headerEnd + end)), "F32") },
      ],
    ),
  );
}
