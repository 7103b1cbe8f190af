import type { Runtime } from "../compute/runtime.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { loadWeights, weightFileBytes } from "../models/load-weights.ts";
import type { Model } from "../models/model.ts";
import { buildSlice, type Slice, type SliceGraph } from "../models/slice.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";

export interface StageLoad {
  readonly runtime: Runtime;
  readonly model: Model;
  readonly slice: Slice;
  /** Name that the loaded slice gets in the runtime. */
  readonly program: string;
  readonly budgetBytes: number;
  readonly signal: AbortSignal;
  onProgress(loadedBytes: number, totalBytes: number): void;
}

/** Builds the slice's graph here, fetches just its weights, and hands both to the runtime. Throws by name what goes wrong. */
export async function loadStage({
  runtime,
  model,
  slice,
  program,
  ...options
}: StageLoad): Promise<SliceGraph> {
  const { heads, kvHeads, headDim } = model.decoder.shape;
  const graph = buildSlice(model.decoder, slice, await runtime.attentionForm({ heads, kvHeads, headDim }));
  const weightBytes = graph.graph.weights.reduce(
    (sum, { shape }) => sum + 4 * shape.reduce<number>((count, size) => count * Number(size), 1),
    0,
  );
  if (weightBytes > options.budgetBytes)
    throw new EdgeloomError(
      "DoesNotFit",
      `the slice needs ${weightBytes - options.budgetBytes} bytes more than this device's ${options.budgetBytes}; add a device or raise memory=`,
    );
  const totalBytes = weightFileBytes(graph.graph, model.checkpoint);
  const onBytes = (loadedBytes: number) => options.onProgress(loadedBytes, totalBytes);
  const weights = await loadWeights(graph.graph, model.checkpoint, { signal: options.signal, onBytes });
  if (options.signal.aborted)
    throw new EdgeloomError("Cancelled", "the placement changed while this slice was loading");
  const residentOutputs = graph.caches.map(({ output }) => output);
  await runtime.load({ id: program, onnx: encodeOnnx(graph.graph), weights, residentOutputs });
  return graph;
}
