import type { GraphBuilder, Value } from "../graph/builder.ts";
import type { DecoderShape, LayerContext } from "./decoder.ts";

type HeadShape = Pick<DecoderShape, "heads" | "kvHeads" | "headDim">;

/** What attention works on. */
interface AttentionInputs {
  /** f32 [rows, heads, headDim] queries and [rows, kvHeads, headDim] keys and values. */
  readonly projected: { readonly query: Value; readonly key: Value; readonly value: Value };
  /** Scores are multiplied by it; 1 / √headDim in most models. */
  readonly scale: number;
  readonly context: LayerContext;
}

/**
 * Causal grouped-query attention over the cache and the new rows, softmax(scale · q·kᵀ + mask)·v,
 * as f32 [rows, heads · headDim]. The new keys and values join the layer's cache.
 */
export function attention(graph: GraphBuilder, shape: HeadShape, io: AttentionInputs): Value {
  return io.context.lengths ? fused(graph, shape, io) : decomposed(graph, shape, io);
}

function decomposed(
  graph: GraphBuilder,
  { heads, kvHeads, headDim }: HeadShape,
  { projected, scale, context }: AttentionInputs,
): Value {
  const groups = heads / kvHeads;
  const key = append(graph, context.cache.pastKey, projected.key);
  const value = append(graph, context.cache.pastValue, projected.value);
  context.cache.keep(key, value);
  // Query heads that share a key head are stacked as further rows, so keys are never repeated.
  const scaled = graph.op("Mul", [projected.query, graph.scalar(scale)]);
  const byHead = graph.op("Transpose", [scaled], { perm: [1, 0, 2] });
  const query = graph.op("Reshape", [byHead, graph.ints([1, kvHeads, -1, headDim])]);
  const stacked = graph.op("MatMul", [query, graph.op("Transpose", [key], { perm: [0, 1, 3, 2] })]);
  const scores = graph.op("Reshape", [stacked, graph.ints([kvHeads, groups, -1, 0])]);
  const masked = context.mask ? graph.op("Add", [scores, context.mask]) : scores;
  const shares = graph.op("Reshape", [
    graph.op("Softmax", [masked], { axis: -1 }),
    graph.ints([1, kvHeads, -1, 0]),
  ]);
  const mixed = graph.op("Reshape", [graph.op("MatMul", [shares, value]), graph.ints([heads, -1, headDim])]);
  const byRow = graph.op("Transpose", [mixed], { perm: [1, 0, 2] });
  return graph.op("Reshape", [byRow, graph.ints([0, heads * headDim])]);
}

/** New rows f32 [rows, kvHeads, headDim] behind the cache f32 [1, kvHeads, past, headDim]. */
function append(graph: GraphBuilder, past: Value, rows: Value): Value {
  const byHead = graph.op("Unsqueeze", [graph.op("Transpose", [rows], { perm: [1, 0, 2] }), graph.ints([0])]);
  return graph.op("Concat", [past, byHead], { axis: 2 });
}

function fused(
  graph: GraphBuilder,
  { heads, kvHeads, headDim }: HeadShape,
  { projected, scale, context }: AttentionInputs,
): Value {
  if (!context.lengths) throw new Error("fused attention needs the sequence lengths");
  const flat = (x: Value, count: number) => graph.op("Reshape", [x, graph.ints([1, -1, count * headDim])]);
  const [mixed, key, value] = graph.ops(
    "com.microsoft.GroupQueryAttention",
    [
      flat(projected.query, heads),
      flat(projected.key, kvHeads),
      flat(projected.value, kvHeads),
      context.cache.pastKey,
      context.cache.pastValue,
      context.lengths.lastKey,
      context.lengths.total,
    ],
    { num_heads: heads, kv_num_heads: kvHeads, scale: { float: scale }, do_rotary: 0 },
    3,
  );
  if (!mixed || !key || !value) throw new Error("GroupQueryAttention gave fewer than three outputs");
  context.cache.keep(key, value);
  return graph.op("Reshape", [mixed, graph.ints([-1, heads * headDim])]);
}
