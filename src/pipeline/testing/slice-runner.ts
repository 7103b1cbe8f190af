import { createOrtRuntime } from "../../compute/ort-runtime.ts";
import type { Runtime } from "../../compute/runtime.ts";
import { encodeOnnx } from "../../graph/onnx/encode.ts";
import type { AttentionForm } from "../../models/decoder.ts";
import { loadWeights } from "../../models/load-weights.ts";
import type { Model } from "../../models/model.ts";
import { buildSlice, type Slice } from "../../models/slice.ts";
import { stepFeeds } from "../../models/step-feeds.ts";
import { f32Tensor, i32Tensor, type Tensor } from "../../tensor/tensor.ts";

/** ONNX Runtime as it runs in Node: the same WASM as in a tab. */
export async function nodeRuntime(): Promise<Runtime> {
  const runtime = createOrtRuntime(() => import("onnxruntime-web"));
  await runtime.start({ backend: "wasm", threads: 1, memoryBudgetBytes: 2 ** 30, slow: 1 });
  return runtime;
}

/** A loaded slice that keeps its caches between steps. */
export interface RunningSlice {
  /** What leaves the slice for what enters it: ids or hidden states [rows, hiddenSize]; logits of every row at the head. */
  step(
    entering: readonly number[] | Float32Array<ArrayBuffer>,
    position: number,
  ): Promise<Float32Array<ArrayBuffer>>;
  close(): Promise<void>;
}

let programs = 0;

export async function runSlice(
  runtime: Runtime,
  model: Model,
  options: { readonly slice: Slice; readonly form?: AttentionForm },
): Promise<RunningSlice> {
  const { shape } = model.decoder;
  const slice = buildSlice(model.decoder, options.slice, options.form ?? "decomposed");
  const watch = { signal: new AbortController().signal, onBytes: () => {} };
  const id = `slice-${programs++}`;
  const weights = await loadWeights(slice.graph, model.checkpoint, watch);
  await runtime.load({
    id,
    onnx: encodeOnnx(slice.graph),
    weights,
    residentOutputs: slice.caches.map(({ output }) => output),
  });
  return {
    async step(entering, position) {
      const isIds = Array.isArray(entering);
      const rows = isIds ? entering.length : entering.length / shape.hiddenSize;
      const feeds: Record<string, Tensor> = {
        ...stepFeeds(shape, slice, { position, rows, taken: Array.from({ length: rows }, (_, row) => row) }),
      };
      if (isIds) feeds["ids"] = i32Tensor([rows], entering);
      else feeds["hidden"] = f32Tensor([rows, shape.hiddenSize], Float32Array.from(entering));
      const residents = slice.caches.map((cache) => ({ ...cache, key: `${id}/${cache.input}` }));
      const { outputs } = await runtime.run({ program: id, feeds, residents, fetch: [slice.output] });
      const output = outputs[slice.output];
      if (output?.dtype !== "f32") throw new Error(`${slice.output} is missing`);
      return output.data;
    },
    async close() {
      await runtime.free(`${id}/`);
      await runtime.unload(id);
    },
  };
}
