import type { Graph } from "../graph/graph.ts";
import { toF32 } from "../tensor/checkpoint/as-f32.ts";
import type { Checkpoint } from "../tensor/checkpoint/checkpoint.ts";
import type { LoadedTensor } from "../tensor/checkpoint/read-tensors.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";

/** A weight's values, ready for the runtime. */
export interface WeightBytes {
  readonly name: string;
  readonly data: Float32Array<ArrayBuffer>;
}

/** Bytes of the file that `loadWeights` will fetch for this graph. */
export const weightFileBytes = (graph: Graph, checkpoint: Checkpoint): number =>
  graph.weights.reduce((sum, { name }) => sum + (checkpoint.entries.get(name)?.byteLength ?? 0), 0);

/** Fetches exactly the graph's own weights, as f32. Throws CorruptCheckpoint or Unreachable. */
export async function loadWeights(
  graph: Graph,
  checkpoint: Checkpoint,
  watch: { readonly signal: AbortSignal; readonly onBytes: (loadedBytes: number) => void },
): Promise<readonly WeightBytes[]> {
  const weights: WeightBytes[] = [];
  for await (const tensor of checkpoint.read(
    graph.weights.map(({ name }) => name),
    watch,
  ))
    weights.push({ name: tensor.name, data: asF32(tensor) });
  return weights;
}

function asF32({ name, dtype, bytes }: LoadedTensor): Float32Array<ArrayBuffer> {
  if (dtype === "i8" || dtype === "u8")
    throw new EdgeloomError(
      "UnsupportedModel",
      `${name} is stored as ${dtype}; quantised checkpoints are not implemented, choose one in F32, F16 or BF16`,
    );
  return toF32(bytes, dtype);
}
