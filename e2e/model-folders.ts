import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomCheckpoint } from "../src/models/testing/random-checkpoint.ts";
import type { EdgeloomErrorName } from "../src/page-api.ts";
import type { Mount } from "../src/server/pages.ts";

type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** A model of three layers that works; its vocabulary of 300 brings a tokenizer, its context holds 128 tokens. */
export const good = randomCheckpoint({
  family: "llama",
  config: { vocab_size: 300 },
  seed: 41,
  dtype: "F32",
  shards: 1,
});
/** The same in two files. */
export const sharded = randomCheckpoint({
  family: "llama",
  config: { vocab_size: 300 },
  seed: 41,
  dtype: "F32",
  shards: 2,
});

export const secondShard = "model-00002-of-00002.safetensors";
const weightsFile = "model.safetensors";

/** A folder of a model that can't be loaded, and what must be said of it. */
export interface BrokenModel {
  readonly id: string;
  readonly files: Files;
  readonly name: EdgeloomErrorName;
  /** Facts that the message states. */
  readonly facts: readonly string[];
}

export const brokenModels: readonly BrokenModel[] = [
  {
    id: "broken-header",
    files: withWeights((bytes) => {
      // Within the JSON of the header, behind its length and its opening brace.
      bytes.fill(0xff, 12, 40);
      return bytes;
    }),
    name: "CorruptCheckpoint",
    facts: ["broken-header/model.safetensors", "header"],
  },
  {
    id: "absurd-header",
    files: withWeights((bytes) => {
      new DataView(bytes.buffer).setBigUint64(0, 2n ** 60n, true);
      return bytes;
    }),
    name: "CorruptCheckpoint",
    facts: ["absurd-header/model.safetensors", String(2n ** 60n)],
  },
  {
    id: "truncated",
    files: withWeights((bytes) => bytes.slice(0, -1000)),
    name: "CorruptCheckpoint",
    facts: ["truncated/model.safetensors", String(good.files[weightsFile]!.length - 1000)],
  },
  {
    id: "lacks-a-shard",
    files: without(sharded.files, secondShard),
    name: "CorruptCheckpoint",
    facts: [secondShard, "404"],
  },
  {
    id: "lacks-weights",
    files: without(good.files, weightsFile),
    name: "CorruptCheckpoint",
    facts: ["lacks-weights", weightsFile],
  },
  {
    id: "other-shapes",
    files: withConfig({ hidden_size: 96 }),
    name: "CorruptCheckpoint",
    facts: ["96", "64", "config.json"],
  },
  {
    id: "no-json",
    files: { ...good.files, "config.json": new TextEncoder().encode('{"model_type":') },
    name: "CorruptCheckpoint",
    facts: ["no-json/config.json", "JSON"],
  },
  {
    id: "unknown-family",
    files: withConfig({ model_type: "mamba" }),
    name: "UnsupportedModel",
    facts: ["mamba", "llama"],
  },
  {
    id: "sliding-window",
    files: withConfig({ model_type: "mistral", sliding_window: 16 }),
    name: "UnsupportedModel",
    facts: ["sliding", "16", "128"],
  },
  {
    id: "other-rope",
    files: withConfig({ rope_scaling: { rope_type: "yarn", factor: 4 } }),
    name: "UnsupportedModel",
    facts: ["yarn"],
  },
  {
    id: "softcapping",
    files: withConfig({ final_logit_softcapping: 30 }),
    name: "UnsupportedModel",
    facts: ["final_logit_softcapping"],
  },
];

function withWeights(change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): Files {
  return { ...good.files, [weightsFile]: change(good.files[weightsFile]!.slice()) };
}

function withConfig(options: Readonly<Record<string, unknown>>): Files {
  const json = JSON.stringify({ ...good.config, ...options });
  return { ...good.files, "config.json": new TextEncoder().encode(json) };
}

function without(files: Files, name: string): Files {
  return Object.fromEntries(Object.entries(files).filter(([file]) => file !== name));
}

export interface ModelFolders {
  readonly mounts: readonly Mount[];
  /** Where a model's file lies. */
  path(id: string, file: string): string;
  remove(): Promise<void>;
}

/** Writes models as folders to be served, each at `/models/<id>`. */
export async function writeModels(models: Readonly<Record<string, Files>>): Promise<ModelFolders> {
  const root = await mkdtemp(join(tmpdir(), "edgeloom-models-"));
  for (const [id, files] of Object.entries(models)) {
    await mkdir(join(root, id));
    for (const [file, bytes] of Object.entries(files)) await writeFile(join(root, id, file), bytes);
  }
  return {
    mounts: Object.keys(models).map((id) => ({ path: `/models/${id}`, folder: join(root, id) })),
    path: (id, file) => join(root, id, file),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
