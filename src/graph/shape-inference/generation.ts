import { addDims, floorDivideDims, subtractDims } from "../dim.ts";
import type { Dim } from "../graph.ts";
import { commonDtype, contentsOf, dimAt, input, intAttribute, one } from "./call.ts";
import { type OpCall, type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

/** Shape(x, start, end): how many axes lie between; bounds are clamped. */
const shape: ShapeRule = (call) => one("i64", [shapeSlice(call).length]);

/** The part of its input's shape that a Shape node gives. */
export function shapeSlice(call: OpCall): readonly Dim[] {
  const dims = input(call, 0).shape;
  return dims.slice(intAttribute(call, "start", 0), intAttribute(call, "end", dims.length));
}

const size: ShapeRule = (call) => {
  input(call, 0);
  return one("i64", []);
};

const constantOfShape: ShapeRule = (call) => {
  const { value } = call.node.attributes;
  if (value === undefined) return one("f32", contentsOf(call, 0));
  if (typeof value !== "object" || !("dtype" in value)) throw new ShapeMismatch(call, "value is no tensor");
  return one(value.dtype, contentsOf(call, 0));
};

/** max(0, ceil((limit - start) / delta)) elements; symbols are taken to make it positive. */
const range: ShapeRule = (call) => {
  const dtype = commonDtype(call);
  const [start, limit, delta] = [0, 1, 2].map((i) => dimAt(call, contentsOf(call, i), 0));
  if (start === undefined || limit === undefined || typeof delta !== "number" || delta === 0)
    throw new ShapeMismatch(call, `range from ${start} to ${limit} by ${delta}`);
  if (typeof start === "number" && typeof limit === "number")
    return one(dtype, [Math.max(0, Math.ceil((limit - start) / delta))]);
  const span = delta > 0 ? subtractDims(limit, start) : subtractDims(start, limit);
  const step = Math.abs(delta);
  return one(dtype, [floorDivideDims(addDims(span, step - 1), step)]);
};

export const generationRules: RuleTable = [
  ["Shape", shape],
  ["Size", size],
  ["ConstantOfShape", constantOfShape],
  ["Range", range],
];
