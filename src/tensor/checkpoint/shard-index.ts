import { EdgeloomError } from "../edgeloom-error.ts";
import { isPlainPath } from "./folder.ts";

const maxTensors = 1_000_000;
const maxShards = 10_000;

/** Which file of a sharded checkpoint holds each tensor, from the value of `model.safetensors.index.json`. Throws CorruptCheckpoint. */
export function parseShardIndex(value: unknown, where: string): ReadonlyMap<string, string> {
  const refuse = (fact: string): EdgeloomError =>
    new EdgeloomError("CorruptCheckpoint", `${where} ${fact}; download or export the checkpoint anew`);
  if (typeof value !== "object" || value === null || !("weight_map" in value))
    throw refuse("has no weight_map");
  const map = value.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw refuse("has a weight_map that is no object");
  const files = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== "string" || !isPlainPath(file) || !file.endsWith(".safetensors"))
      throw refuse(`names no safetensors file of its folder for ${JSON.stringify(name.slice(0, 200))}`);
    files.set(name, file);
  }
  const shards = new Set(files.values()).size;
  if (files.size > maxTensors || shards > maxShards)
    throw refuse(`names ${files.size} tensors in ${shards} files, more than ${maxTensors} in ${maxShards}`);
  return files;
}
