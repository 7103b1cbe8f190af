import type { ValueInfo } from "../graph/graph.ts";
import { type Checkpoint, openCheckpoint } from "../tensor/checkpoint/checkpoint.ts";
import { type Folder, readJson } from "../tensor/checkpoint/folder.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { Decoder } from "./decoder.ts";
import { familyOf } from "./families.ts";
import { buildSlice } from "./slice.ts";

/** A checkpoint opened and understood: its headers are read, none of its weights. */
export interface Model {
  readonly folder: Folder;
  readonly decoder: Decoder;
  readonly checkpoint: Checkpoint;
  /** Ids at which a text ends. */
  readonly endIds: readonly number[];
}

/**
 * Reads config.json and the headers of the weights, and checks that they tell the same story. Throws UnsupportedModel,
 * CorruptCheckpoint or Unreachable.
 */
export async function openModel(folder: Folder): Promise<Model> {
  const config = asObject("config.json", await readJson(folder, "config.json"));
  const family = familyOf(config["model_type"]);
  const checkpoint = await openCheckpoint(folder);
  const prefix = family.prefixes.find((candidate) =>
    checkpoint.entries.has(`${candidate}${family.embedding}.weight`),
  );
  if (prefix === undefined)
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `the safetensors hold no ${family.prefixes.map((candidate) => `${candidate}${family.embedding}.weight`).join(" or ")}, which a ${family.modelType} has; check that config.json and weights belong together`,
    );
  const decoder = family.decoder(config, prefix);
  checkWeights(decoder, checkpoint);
  return { folder, decoder, checkpoint, endIds: await readEndIds(folder, config) };
}

/** Every weight that the whole model needs must be in the checkpoint, with the shape that config.json implies. */
function checkWeights(decoder: Decoder, checkpoint: Checkpoint): void {
  const whole = { start: 0, end: decoder.shape.layers, embedding: true, head: true };
  for (const weight of buildSlice(decoder, whole, "decomposed").graph.weights)
    checkWeight(weight, checkpoint);
}

function checkWeight({ name, shape }: ValueInfo, checkpoint: Checkpoint): void {
  const entry = checkpoint.entries.get(name);
  if (!entry)
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `the safetensors lack the tensor ${name}; fetch the checkpoint again, with every shard`,
    );
  if (entry.shape.length !== shape.length || entry.shape.some((size, axis) => size !== shape[axis]))
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `${name} is [${entry.shape.join(", ")}] in the safetensors but [${shape.join(", ")}] by config.json; check that the two belong together`,
    );
}

async function readEndIds(
  folder: Folder,
  config: Readonly<Record<string, unknown>>,
): Promise<readonly number[]> {
  const file = "generation_config.json";
  const generation = (await folder.exists(file)) ? asObject(file, await readJson(folder, file)) : {};
  const ids: unknown = generation["eos_token_id"] ?? config["eos_token_id"] ?? [];
  return (Array.isArray(ids) ? ids : [ids]).filter((id): id is number => Number.isInteger(id));
}

function asObject(file: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new EdgeloomError("CorruptCheckpoint", `${file} holds no JSON object; fetch the checkpoint again`);
}
