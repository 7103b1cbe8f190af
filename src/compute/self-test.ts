import { graphBuilder } from "../graph/builder.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { attention } from "../models/attention.ts";
import type { AttentionForm, Decoder } from "../models/decoder.ts";
import { buildSlice } from "../models/slice.ts";
import { stepFeeds } from "../models/step-feeds.ts";
import { seededRandom } from "../tensor/random.ts";
import { f32Tensor } from "../tensor/tensor.ts";
import type { HeadShape, Program, Runtime } from "./runtime.ts";

/** Measures a product of [128, 1024] and [1024, 1024], in 10⁹ floating-point operations per second. */
export async function measureGflops(runtime: Runtime): Promise<number> {
  const [rows, inner, columns] = [128, 1024, 1024];
  const graph = graphBuilder("probe");
  const product = graph.op("MatMul", [
    graph.input("x", "f32", [rows, inner]),
    graph.weight("w", "f32", [inner, columns]),
  ]);
  graph.output("y", product);
  const data = new Float32Array(inner * columns).fill(0.5);
  await runtime.load({
    id: "probe",
    onnx: encodeOnnx(graph.build()),
    weights: [{ name: "w", data }],
    residentOutputs: [],
  });
  const x = f32Tensor([rows, inner], new Float32Array(rows * inner).fill(0.5));
  const times: number[] = [];
  for (let run = 0; run < 6; run++) {
    const { computeMs } = await runtime.run({ program: "probe", feeds: { x }, residents: [], fetch: ["y"] });
    // The first run compiles shaders and packs weights.
    if (run > 0) times.push(computeMs);
  }
  await runtime.unload("probe");
  return (2 * rows * inner * columns) / (median(times) * 1e6);
}

/**
 * The form in which attention of this shape is best written on this device: fused only where it agrees with the
 * decomposed form on a long prompt, a continuation and single tokens, and decodes no slower. Fused kernels have been
 * seen to be wrong on some devices, from 32 rows on. One test at a time.
 */
export async function attentionForm(runtime: Runtime, shape: HeadShape): Promise<AttentionForm> {
  // The fused kernels take no other head sizes.
  if (shape.headDim % 16 !== 0) return "decomposed";
  try {
    const plain = await tryForm(runtime, shape, "decomposed");
    const fused = await tryForm(runtime, shape, "fused");
    return agrees(plain.rows, fused.rows) && fused.decodeMs <= plain.decodeMs ? "fused" : "decomposed";
  } catch {
    // A device that can't run the fused kernel at all hasn't earned it; the plain form fails again, loudly, when it is used.
    return "decomposed";
  } finally {
    for (const form of ["decomposed", "fused"] as const) await runtime.unload(trialOf(form));
  }
}

const trialOf = (form: AttentionForm): string => `self-test-${form}`;

const stepRows = [48, 3, 1, 1, 1, 1, 1, 1];

interface Trial {
  readonly rows: readonly Float32Array[];
  readonly decodeMs: number;
}

async function tryForm(runtime: Runtime, shape: HeadShape, form: AttentionForm): Promise<Trial> {
  const decoder = attentionAlone(shape);
  const slice = buildSlice(decoder, { start: 0, end: 1, embedding: false, head: false }, form);
  const id = trialOf(form);
  const program: Program = {
    id,
    onnx: encodeOnnx(slice.graph),
    weights: [],
    residentOutputs: slice.caches.map(({ output }) => output),
  };
  await runtime.load(program);
  const random = seededRandom(1);
  const residents = slice.caches.map((cache) => ({ ...cache, key: `${id}/${cache.input}` }));
  const rows: Float32Array[] = [];
  const times: number[] = [];
  let position = 0;
  for (const count of stepRows) {
    const width = decoder.shape.hiddenSize;
    const hidden = f32Tensor(
      [count, width],
      Float32Array.from({ length: count * width }, () => 2 * random() - 1),
    );
    const feeds = { ...stepFeeds(decoder.shape, slice, { position, rows: count, taken: [] }), hidden };
    const result = await runtime.run({ program: id, feeds, residents, fetch: [slice.output] });
    const output = result.outputs[slice.output];
    if (output?.dtype === "f32") rows.push(output.data);
    if (count === 1) times.push(result.computeMs);
    position += count;
  }
  return { rows, decodeMs: median(times) };
}

/** A model of one layer that is nothing but attention: its hidden states are queries, keys and values side by side. */
function attentionAlone({ heads, kvHeads, headDim }: HeadShape): Decoder {
  const shape = {
    family: "attention",
    layers: 1,
    hiddenSize: (heads + 2 * kvHeads) * headDim,
    vocabularySize: 1,
    heads,
    kvHeads,
    headDim,
    contextLength: 64,
    tied: false,
    inverseFrequencies: null,
  };
  const refuse = () => {
    throw new Error("the attention self-test has no embedding and no head");
  };
  return {
    shape,
    embed: refuse,
    head: refuse,
    layer(graph, _index, { hidden, context }) {
      const sizes = graph.ints([heads * headDim, kvHeads * headDim, kvHeads * headDim]);
      const parts = graph.ops("Split", [hidden, sizes], { axis: 1 }, 3);
      const [query, key, value] = parts.map((part, i) =>
        graph.op("Reshape", [part, graph.ints([0, i === 0 ? heads : kvHeads, headDim])]),
      );
      if (!query || !key || !value) throw new Error("Split gave fewer than three outputs");
      return attention(graph, shape, {
        projected: { query, key, value },
        scale: 1 / Math.sqrt(headDim),
        context,
      });
    },
  };
}

const agrees = (a: readonly Float32Array[], b: readonly Float32Array[]): boolean =>
  a.length === b.length &&
  a.every((row, i) => row.every((value, j) => Math.abs(value - (b[i]?.[j] ?? Number.NaN)) < 1e-4));

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
