import { addDims, floorDivideDims, multiplyDims, sameShape } from "../dim.ts";
import type { Dim } from "../graph.ts";
import {
  commonDtype,
  dimAt,
  floats,
  input,
  intAttribute,
  one,
  optionalInput,
  ranked,
  requireDtype,
  requireSame,
} from "./call.ts";
import { type OpCall, type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

/** Rotates [batch, rows, heads * size] or [batch, heads, rows, size]; the shape stays. */
const rotaryEmbedding: ShapeRule = (call) => {
  requireDtype(call, 0, floats);
  const { dtype, shape } = input(call, 0);
  if (shape.length !== 3 && shape.length !== 4)
    throw new ShapeMismatch(call, `rank ${shape.length}, needs 3 or 4`);
  return one(dtype, shape);
};

/**
 * GroupQueryAttention: query [batch, rows, heads * size], past [batch, kvHeads, past, size] → output like the query,
 * present [batch, kvHeads, past + rows, size]. total_sequence_length must be past + rows at run time: caches that are
 * longer than what they hold are not described here.
 */
const groupQueryAttention: ShapeRule = (call) => {
  const heads = intAttribute(call, "num_heads");
  const kvHeads = intAttribute(call, "kv_num_heads");
  if (heads < 1 || kvHeads < 1 || heads % kvHeads !== 0)
    throw new ShapeMismatch(call, `${heads} heads over ${kvHeads} key/value heads`);
  const query = ranked(call, 0, 3);
  requireDtype(call, 0, floats);
  const [batch, rows, width] = [0, 1, 2].map((axis) => dimAt(call, query.shape, axis));
  if (batch === undefined || rows === undefined || width === undefined)
    throw new ShapeMismatch(call, "no query");
  const isPacked = optionalInput(call, 1) === null;
  const size = wholeQuotient(call, width, isPacked ? heads + 2 * kvHeads : heads);
  if (!isPacked) requireKeyAndValue(call, [batch, rows, multiplyDims(kvHeads, size)]);
  requireDtype(call, 5, ["i32"]);
  requireDtype(call, 6, ["i32"]);
  const past = optionalInput(call, 3) === null ? 0 : pastLength(call, [batch, kvHeads, size]);
  const present = [batch, kvHeads, addDims(past, rows), size];
  return [[batch, rows, multiplyDims(heads, size)], present, present]
    .map((shape) => ({ dtype: query.dtype, shape }))
    .slice(0, call.node.outputs.length);
};

function requireKeyAndValue(call: OpCall, shape: readonly Dim[]): void {
  commonDtype(call, 0, 5);
  for (const index of [1, 2]) {
    if (!sameShape(ranked(call, index, 3).shape, shape))
      throw new ShapeMismatch(call, `input ${index} must be [${shape.join(", ")}]`);
  }
}

function pastLength(call: OpCall, [batch, kvHeads, size]: readonly [Dim, Dim, Dim]): Dim {
  commonDtype(call, 3, 5);
  const past = dimAt(call, ranked(call, 3, 4).shape, 2);
  for (const index of [3, 4]) {
    if (!sameShape(ranked(call, index, 4).shape, [batch, kvHeads, past, size]))
      throw new ShapeMismatch(call, `input ${index} must be [${[batch, kvHeads, past, size].join(", ")}]`);
  }
  return past;
}

function wholeQuotient(call: OpCall, width: Dim, count: number): Dim {
  const size = floorDivideDims(width, count);
  requireSame(call, multiplyDims(size, count), width);
  return size;
}

/** Outputs: normalised sum, (mean), (1/deviation), the sum itself; the CPU provider never fills the middle two. */
const skipSimplifiedLayerNormalization: ShapeRule = (call) => {
  requireDtype(call, 0, floats);
  const dtype = commonDtype(call);
  const { shape } = input(call, 0);
  if (!sameShape(input(call, 1).shape, shape) && !sameShape(input(call, 1).shape, shape.slice(1)))
    throw new ShapeMismatch(call, "skip and input differ in shape");
  requireSame(call, ranked(call, 2, 1).shape[0], dimAt(call, shape, -1));
  const sum = { dtype, shape };
  return [sum, null, null, sum].slice(0, call.node.outputs.length);
};

export const attentionRules: RuleTable = [
  ["RotaryEmbedding", rotaryEmbedding],
  ["com.microsoft.RotaryEmbedding", rotaryEmbedding],
  ["com.microsoft.GroupQueryAttention", groupQueryAttention],
  ["com.microsoft.SkipSimplifiedLayerNormalization", skipSimplifiedLayerNormalization],
];
