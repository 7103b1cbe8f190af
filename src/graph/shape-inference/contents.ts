import type { Tensor } from "../../tensor/tensor.ts";
import { addDims, floorDivideDims, multiplyDims, subtractDims } from "../dim.ts";
import type { Dim } from "../graph.ts";
import { contentsOf, dimAt, input, intAttribute, numbersOf } from "./call.ts";
import { shapeSlice } from "./generation.ts";
import { type OpCall, type Produced, ShapeMismatch } from "./rule.ts";

/** Longer tensors are data, not shapes: their elements are not followed. */
const maxElements = 256;

/** Elements of a small constant of rank 0 or 1; null for anything else. */
export function constantContents({ dtype, shape, data }: Tensor): readonly Dim[] | null {
  if (shape.length > 1 || data.length > maxElements || dtype === "f16" || dtype === "bool") return null;
  const farthest = BigInt(Number.MAX_SAFE_INTEGER);
  return Array.from<number | bigint, number>(data, (element) => {
    if (typeof element === "number") return element;
    if (element > farthest) return Number.MAX_SAFE_INTEGER;
    return element < -farthest ? Number.MIN_SAFE_INTEGER : Number(element);
  });
}

/**
 * Follows the integers that a graph computes from shapes (Shape, Gather, Concat, Mul … → Reshape), so that graphs of
 * exporters have known shapes. Null where an operator has no row or an element is only known at run time.
 */
export function producedContents(call: OpCall, output: Produced): readonly Dim[] | null {
  const { op, domain } = call.node;
  const rule = domain === "" ? contentRules.get(op) : undefined;
  if (rule === undefined || (output.dtype !== "i64" && output.dtype !== "i32")) return null;
  const [length = 1] = output.shape;
  if (output.shape.length > 1 || typeof length !== "number" || length > maxElements) return null;
  const [first] = call.inputs;
  if (
    op !== "Shape" &&
    op !== "Size" &&
    call.inputs.some((known) => known !== null && known.contents === null)
  )
    return null;
  return first ? rule(call, length) : null;
}

type ContentRule = (call: OpCall, length: number) => readonly Dim[] | null;

const unchanged: ContentRule = (call) => contentsOf(call, 0);

const pairwise =
  (combine: (a: Dim, b: Dim) => Dim): ContentRule =>
  (call, length) => {
    const [a, b] = [contentsOf(call, 0), contentsOf(call, 1)];
    return Array.from({ length }, (_, i) =>
      combine(dimAt(call, a, a.length === 1 ? 0 : i), dimAt(call, b, b.length === 1 ? 0 : i)),
    );
  };

const gather: ContentRule = (call) =>
  numbersOf(call, 1).map((index) => dimAt(call, contentsOf(call, 0), index));

const concat: ContentRule = (call) => call.inputs.flatMap((_, i) => contentsOf(call, i));

const slice: ContentRule = (call) => {
  const bounds = [1, 2].map((i) => dimAt(call, contentsOf(call, i), 0));
  const [start, end] = bounds;
  const step = call.inputs[4] ? dimAt(call, contentsOf(call, 4), 0) : 1;
  if (typeof start !== "number" || typeof end !== "number" || step !== 1) return null;
  return contentsOf(call, 0).slice(start, end);
};

const size: ContentRule = (call) => [multiplyDims(...input(call, 0).shape)];

/** Integer division in ONNX truncates; sizes are not negative, so that is rounding down. */
const divide: ContentRule = pairwise((a, b) => {
  if (typeof a === "number" && typeof b === "number") return Math.trunc(a / b);
  return floorDivideDims(a, b);
});

const constantOfShape: ContentRule = (call, length) => {
  const { value } = call.node.attributes;
  if (typeof value !== "object" || !("dtype" in value)) return null;
  const [element] = constantContents(value) ?? [];
  return element === undefined ? null : Array.from({ length }, () => element);
};

const range: ContentRule = (call, length) => {
  const start = dimAt(call, contentsOf(call, 0), 0);
  const delta = dimAt(call, contentsOf(call, 2), 0);
  return Array.from({ length }, (_, i) => addDims(start, multiplyDims(i, delta)));
};

const reduceProduct: ContentRule = (call) =>
  intAttribute(call, "noop_with_empty_axes", 0) === 0 ? [multiplyDims(...contentsOf(call, 0))] : null;

const divideByZero: ContentRule = (call, length) => {
  if (contentsOf(call, 1).includes(0)) throw new ShapeMismatch(call, "division by 0");
  return divide(call, length);
};

const contentRules: ReadonlyMap<string, ContentRule> = new Map<string, ContentRule>([
  ["Shape", shapeSlice],
  ["Size", size],
  ["Identity", unchanged],
  ["Cast", unchanged],
  ["Squeeze", unchanged],
  ["Unsqueeze", unchanged],
  ["Reshape", unchanged],
  ["Gather", gather],
  ["Concat", concat],
  ["Slice", slice],
  ["Add", pairwise(addDims)],
  ["Sub", pairwise(subtractDims)],
  ["Mul", pairwise(multiplyDims)],
  ["Div", divideByZero],
  ["ConstantOfShape", constantOfShape],
  ["Range", range],
  ["ReduceProd", reduceProduct],
]);
