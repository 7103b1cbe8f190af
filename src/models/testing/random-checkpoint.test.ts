import { expect, test } from "vitest";
import { openCheckpoint } from "../../tensor/checkpoint/checkpoint.ts";
import { memoryFolder } from "../../tensor/checkpoint/memory-folder.ts";
import { openTokenizer } from "../tokenizer/tokenizer.ts";
import { loadFloats } from "./float-storage.ts";
import { checkpointFiles, randomCheckpoint } from "./random-checkpoint.ts";
import { referenceGreedy, referenceLogits } from "./reference.ts";
import { configVariants } from "./small-configs.ts";

/** Faster by far than comparing element by element with a report. */
const isSame = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): boolean =>
  a?.length === b?.length && Array.prototype.every.call(a, (value, index) => value === b?.[index]);

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

for (const dtype of ["F32", "F16", "BF16"] as const)
  for (const shards of [1, 2])
    test(`the files in ${dtype}, shards: ${shards}, hold the given values and nothing else`, async () => {
      for (const { family, config } of configVariants) {
        const checkpoint = randomCheckpoint({ family, config, seed: 7, dtype, shards });
        const opened = await openCheckpoint(memoryFolder(checkpoint.files));
        expect([...opened.names].sort()).toEqual([...checkpoint.weights.keys()].sort());
        for await (const tensor of opened.read([...opened.names])) {
          const weight = checkpoint.weights.get(tensor.name);
          expect(tensor).toMatchObject({ dtype: dtype.toLowerCase(), shape: weight?.shape });
          expect(isSame(loadFloats(tensor.bytes, dtype), weight?.data)).toBe(true);
        }
      }
    });

test("the file list is that of a Hugging Face folder", () => {
  const names = (shards: number, vocab_size: number) =>
    [...checkpointFiles({ family: "llama", config: { vocab_size }, seed: 1, dtype: "F16", shards })].map(
      ([name]) => name,
    );
  expect(names(1, 97)).toEqual(["config.json", "generation_config.json", "model.safetensors"]);
  expect(names(2, 300)).toEqual([
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors.index.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
  ]);
});

test("equal requests give equal bytes, another seed gives others", () => {
  const bytes = (seed: number) =>
    randomCheckpoint({ family: "gpt2", seed, dtype: "BF16", shards: 1 }).files["model.safetensors"];
  expect(isSame(bytes(4), bytes(4))).toBe(true);
  expect(isSame(bytes(4), bytes(5))).toBe(false);
});

test("GPT-2 without prefix is the same model, with the masks of the original checkpoint beside it", () => {
  const named = randomCheckpoint({ family: "gpt2", seed: 1, dtype: "F32", shards: 1, prefix: "" });
  expect(named.weights.has("h.0.attn.bias")).toBe(true);
  expect(named.weights.has("wte.weight")).toBe(true);
  const renamed = new Map([...named.weights].map(([name, weight]) => [`transformer.${name}`, weight]));
  expect(referenceLogits(named.config, named.weights, [1, 2, 3])).toEqual(
    referenceLogits(named.config, renamed, [1, 2, 3]),
  );
});

test.each(configVariants)(
  "logits differ clearly and the text goes on changing: $name",
  ({ family, config }) => {
    const checkpoint = randomCheckpoint({ family, config, seed: 1, dtype: "F16", shards: 1 });
    const logits = referenceLogits(checkpoint.config, checkpoint.weights, [5, 17, 3, 40, 60]);
    const mean = logits.reduce((sum, value) => sum + value, 0) / logits.length;
    const variance = logits.reduce((sum, value) => sum + (value - mean) ** 2, 0) / logits.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(0.5);
    expect(Math.sqrt(variance)).toBeLessThan(3);
    expect(new Set(referenceGreedy(checkpoint, [5, 17, 3, 40, 60], 12)).size).toBeGreaterThan(3);
  },
);

test.each([260, 300, 8192])(
  "a vocabulary of %i has a tokenizer that knows every id and reads any text",
  (vocab_size) => {
    const { files } = randomCheckpoint({
      family: "llama",
      config: { vocab_size },
      seed: 1,
      dtype: "F16",
      shards: 1,
    });
    const tokenizer = openTokenizer({
      tokenizerJson: text(files["tokenizer.json"]),
      tokenizerConfigJson: text(files["tokenizer_config.json"]),
      chatTemplate: null,
    });
    const said = "Ein Füchslein 🦊 sprach:\n\t“naïve”";
    expect(tokenizer.size).toBe(vocab_size);
    expect(tokenizer.decode(tokenizer.encode(said))).toBe(said);
    expect(tokenizer.decode(Array.from({ length: vocab_size }, (_, id) => id)).length).toBeGreaterThan(200);
    const [begin, user, ...rest] = tokenizer.encodeChat([{ role: "user", content: "a" }]);
    expect([begin, user, rest.at(-1)]).toEqual([0, 2, 3]);
    expect(() => tokenizer.encodeChat([{ role: "system", content: "a" }])).toThrow(
      "no place for the role system",
    );
  },
);
