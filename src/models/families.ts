import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { Family } from "./decoder.ts";
import { gpt2 } from "./gpt2.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";

/** Every family that can be sliced. A new one is one file and one row. */
const families: ReadonlyMap<string, Family> = new Map(
  [llama, mistral, qwen2, qwen3, gpt2].map((family) => [family.modelType, family]),
);

/** Throws UnsupportedModel for a `model_type` without a row, CorruptCheckpoint where there is none. */
export function familyOf(modelType: unknown): Family {
  if (typeof modelType !== "string")
    throw new EdgeloomError(
      "CorruptCheckpoint",
      "config.json names no model_type; it isn't the configuration of a language model",
    );
  const family = families.get(modelType);
  if (family) return family;
  throw new EdgeloomError(
    "UnsupportedModel",
    `model_type ${JSON.stringify(modelType.slice(0, 60))} is not implemented; implemented are ${[...families.keys()].join(", ")}`,
  );
}
