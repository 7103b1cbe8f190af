import {
  axisIndex,
  axisIndices,
  floats,
  indices,
  input,
  inputOrAttribute,
  intAttribute,
  numbersOf,
  one,
  requireDtype,
  requireSame,
} from "./call.ts";
import { type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

const reduce: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const axes = inputOrAttribute(call, 1, "axes") ?? [];
  if (axes.length === 0 && intAttribute(call, "noop_with_empty_axes", 0) !== 0) return one(dtype, shape);
  const gone = axisIndices(call, axes.length === 0 ? shape.map((_, axis) => axis) : axes, shape.length);
  if (intAttribute(call, "keepdims", 1) === 0) {
    return one(
      dtype,
      shape.filter((_, axis) => !gone.has(axis)),
    );
  }
  return one(
    dtype,
    shape.map((dim, axis) => (gone.has(axis) ? 1 : dim)),
  );
};

const argExtreme: ShapeRule = (call) => {
  const { shape } = input(call, 0);
  const axis = axisIndex(call, intAttribute(call, "axis", 0), shape.length);
  return one("i64", intAttribute(call, "keepdims", 1) === 0 ? shape.toSpliced(axis, 1) : shape.with(axis, 1));
};

/** Values and their i64 indices. */
const topK: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const axis = axisIndex(call, intAttribute(call, "axis", -1), shape.length);
  const [count, ...more] = numbersOf(call, 1);
  const size = shape[axis];
  if (count === undefined || more.length > 0 || (typeof size === "number" && count > size))
    throw new ShapeMismatch(call, `k = [${[count, ...more].join(", ")}] of ${size}`);
  const found = shape.with(axis, count);
  return [
    { dtype, shape: found },
    { dtype: "i64", shape: found },
  ];
};

/** Along one axis, the shape stays. */
const alongAxis: ShapeRule = (call) => {
  requireDtype(call, 0, floats);
  const { dtype, shape } = input(call, 0);
  axisIndex(call, intAttribute(call, "axis", -1), shape.length);
  return one(dtype, shape);
};

const cumSum: ShapeRule = (call) => {
  requireDtype(call, 1, indices);
  requireSame(call, input(call, 1).contents?.length ?? 1, 1);
  return one(input(call, 0).dtype, input(call, 0).shape);
};

const trilu: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  if (shape.length < 2) throw new ShapeMismatch(call, "needs a matrix");
  return one(dtype, shape);
};

const reductions = ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"];

export const reductionRules: RuleTable = [
  ...reductions.map((op) => [`Reduce${op}`, reduce] as const),
  ["ArgMax", argExtreme],
  ["ArgMin", argExtreme],
  ["TopK", topK],
  ["Softmax", alongAxis],
  ["LogSoftmax", alongAxis],
  ["CumSum", cumSum],
  ["Trilu", trilu],
];
