import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CheckpointRequest, checkpointFiles } from "../src/models/testing/random-checkpoint.ts";
import { smolShape } from "../src/models/testing/small-configs.ts";
import type { Mount } from "../src/server/pages.ts";

/** A model that the bench runs, served at `/models/<id>`. */
export interface BenchModel {
  readonly id: string;
  readonly what: string;
  /** How it is made; null for one that is there already. */
  readonly request: CheckpointRequest | null;
}

const random = { family: "llama", seed: 1, dtype: "BF16", shards: 1 } as const;

/** Its compute is next to nothing, so what is left is the way round the ring. */
export const tinyModel: BenchModel = {
  id: "bench-tiny",
  what: "random weights, hidden 64, 5 layers, vocabulary 512: the cost of a hop alone",
  request: {
    ...random,
    config: {
      hidden_size: 64,
      intermediate_size: 172,
      num_hidden_layers: 5,
      num_attention_heads: 8,
      num_key_value_heads: 4,
      vocab_size: 512,
      max_position_embeddings: 512,
      tie_word_embeddings: true,
    },
  },
};

export const smolModel: BenchModel = {
  id: "bench-smol-135m",
  what: "random weights, SmolLM2-135M's shape: hidden 576, 30 layers, 9/3 heads, MLP 1536; vocabulary 8192",
  request: { ...random, config: smolShape },
};

/** Writes what isn't in the folder yet, and says where the server finds each. */
export async function provideModels(models: readonly BenchModel[], folder: string): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const { id, request } of models) {
    if (!request) continue;
    await writeOnce(join(folder, id), request);
    mounts.push({ path: `/models/${id}`, folder: join(folder, id) });
  }
  return mounts;
}

/** All files or none: a run that was stopped half-way leaves no half model behind. */
async function writeOnce(folder: string, request: CheckpointRequest): Promise<void> {
  if (await exists(folder)) return;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    for (const [name, bytes] of checkpointFiles(request)) await writeFile(join(unfinished, name), bytes);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
