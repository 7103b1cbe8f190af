import { addDims, floorDivideDims, multiplyDims } from "../dim.ts";
import type { Dim } from "../graph.ts";
import { broadcastShapes } from "./broadcast.ts";
import {
  axisIndex,
  axisIndices,
  commonDtype,
  contentsOf,
  dimAt,
  input,
  inputOrAttribute,
  intAttribute,
  intsAttribute,
  numbersOf,
  one,
  requireSame,
} from "./call.ts";
import { type OpCall, type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

const transpose: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const order = intsAttribute(call, "perm") ?? shape.map((_, axis) => shape.length - 1 - axis);
  if (order.length !== shape.length || order.some((axis) => axis < 0))
    throw new ShapeMismatch(call, `perm [${order.join(", ")}] is no order of ${shape.length} axes`);
  axisIndices(call, order, shape.length);
  return one(
    dtype,
    order.map((axis) => dimAt(call, shape, axis)),
  );
};

/** Target entries: 0 copies the input's size (unless allowzero), -1 takes what is left. */
const reshape: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const allowZero = intAttribute(call, "allowzero", 0) !== 0;
  const target = contentsOf(call, 1).map((size, axis) =>
    size === 0 && !allowZero ? dimAt(call, shape, axis) : size,
  );
  const count = multiplyDims(...shape);
  const open = target.indexOf(-1);
  if (open < 0) {
    if (multiplyDims(...target) !== count)
      throw new ShapeMismatch(call, `[${target.join(", ")}] does not hold ${count} elements`);
    return one(dtype, target);
  }
  const rest = multiplyDims(...target.toSpliced(open, 1));
  if (rest === 0 || target.indexOf(-1, open + 1) >= 0)
    throw new ShapeMismatch(call, `[${target.join(", ")}] leaves the -1 undecided`);
  const size = floorDivideDims(count, rest);
  if (typeof count === "number" && multiplyDims(size, rest) !== count)
    throw new ShapeMismatch(call, `${count} elements are no multiple of ${rest}`);
  return one(dtype, target.with(open, size));
};

const squeeze: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const axes = inputOrAttribute(call, 1, "axes");
  if (axes === null && shape.some((dim) => typeof dim === "string"))
    throw new ShapeMismatch(call, "without axes, every size must be a number");
  const gone = axes === null ? onesOf(shape) : axisIndices(call, axes, shape.length);
  for (const axis of gone) requireSame(call, shape[axis], 1);
  return one(
    dtype,
    shape.filter((_, axis) => !gone.has(axis)),
  );
};

const onesOf = (shape: readonly Dim[]): ReadonlySet<number> =>
  new Set(shape.flatMap((dim, axis) => (dim === 1 ? [axis] : [])));

const unsqueeze: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const axes = inputOrAttribute(call, 1, "axes");
  if (axes === null) throw new ShapeMismatch(call, "axes are missing");
  const added = axisIndices(call, axes, shape.length + axes.length);
  const kept = shape.values();
  return one(
    dtype,
    Array.from({ length: shape.length + axes.length }, (_, axis) =>
      added.has(axis) ? 1 : (kept.next().value ?? 1),
    ),
  );
};

const flatten: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const axis = intAttribute(call, "axis", 1);
  const at = axis === shape.length ? axis : axisIndex(call, axis, shape.length);
  return one(dtype, [multiplyDims(...shape.slice(0, at)), multiplyDims(...shape.slice(at))]);
};

const expand: ShapeRule = (call) =>
  one(input(call, 0).dtype, broadcastShapes(call, input(call, 0).shape, contentsOf(call, 1)));

const tile: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const repeats = contentsOf(call, 1);
  requireSame(call, repeats.length, shape.length);
  return one(
    dtype,
    shape.map((dim, axis) => multiplyDims(dim, dimAt(call, repeats, axis))),
  );
};

const concat: ShapeRule = (call) => {
  const shapes = call.inputs.map((_, i) => input(call, i).shape);
  const first = input(call, 0).shape;
  const axis = axisIndex(call, intAttribute(call, "axis"), first.length);
  for (const shape of shapes) {
    requireSame(call, shape.length, first.length);
    for (const [i, dim] of shape.entries()) if (i !== axis) requireSame(call, first[i], dim);
  }
  return one(
    commonDtype(call),
    first.with(axis, addDims(...shapes.map((shape) => dimAt(call, shape, axis)))),
  );
};

const split: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const axis = axisIndex(call, intAttribute(call, "axis", 0), shape.length);
  const whole = dimAt(call, shape, axis);
  const parts = call.inputs[1] ? contentsOf(call, 1) : equalParts(call, whole);
  requireSame(call, parts.length, call.node.outputs.length);
  requireSame(call, addDims(...parts), whole);
  return parts.map((part) => ({ dtype, shape: shape.with(axis, part) }));
};

/** Equal parts, the last one smaller when the size does not divide. */
function equalParts(call: OpCall, whole: Dim): readonly Dim[] {
  const count = call.node.outputs.length;
  const named = intAttribute(call, "num_outputs", count);
  requireSame(call, named, count);
  const part = floorDivideDims(typeof whole === "number" ? whole + count - 1 : whole, count);
  if (typeof whole === "string") return Array.from({ length: count }, () => part);
  return Array.from({ length: count }, (_, i) =>
    Math.max(0, Math.min(Number(part), whole - i * Number(part))),
  );
}

const pad: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const amounts = inputOrAttribute(call, 1, "pads") ?? [];
  const axes = call.inputs[3] ? numbersOf(call, 3) : shape.map((_, axis) => axis);
  requireSame(call, amounts.length, 2 * axes.length);
  axisIndices(call, axes, shape.length);
  const padded = [...shape];
  for (const [i, axis] of axes.entries()) {
    const at = axisIndex(call, axis, shape.length);
    padded[at] = addDims(dimAt(call, shape, at), amounts[i] ?? 0, amounts[i + axes.length] ?? 0);
  }
  return one(dtype, padded);
};

export const layoutRules: RuleTable = [
  ["Transpose", transpose],
  ["Reshape", reshape],
  ["Squeeze", squeeze],
  ["Unsqueeze", unsqueeze],
  ["Flatten", flatten],
  ["Expand", expand],
  ["Tile", tile],
  ["Concat", concat],
  ["Split", split],
  ["Pad", pad],
];
