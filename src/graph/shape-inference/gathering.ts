import { sameShape } from "../dim.ts";
import type { Dim } from "../graph.ts";
import { axisIndex, dimAt, indices, input, intAttribute, one, requireDtype, requireSame } from "./call.ts";
import { type OpCall, type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

const gather: ShapeRule = (call) => {
  requireDtype(call, 1, indices);
  const { dtype, shape } = input(call, 0);
  const axis = axisIndex(call, intAttribute(call, "axis", 0), shape.length);
  return one(dtype, [...shape.slice(0, axis), ...input(call, 1).shape, ...shape.slice(axis + 1)]);
};

const gatherElements: ShapeRule = (call) => {
  requireDtype(call, 1, indices);
  const { dtype, shape } = input(call, 0);
  axisIndex(call, intAttribute(call, "axis", 0), shape.length);
  const chosen = input(call, 1).shape;
  requireSame(call, chosen.length, shape.length);
  return one(dtype, chosen);
};

const gatherNd: ShapeRule = (call) => {
  requireDtype(call, 1, ["i64"]);
  const { dtype, shape } = input(call, 0);
  const chosen = input(call, 1).shape;
  const batch = intAttribute(call, "batch_dims", 0);
  if (batch < 0 || batch >= Math.min(shape.length, chosen.length))
    throw new ShapeMismatch(call, `batch_dims ${batch}`);
  for (let axis = 0; axis < batch; axis++) requireSame(call, shape[axis], chosen[axis]);
  return one(dtype, [
    ...chosen.slice(0, -1),
    ...shape.slice(batch + tupleLength(call, chosen, shape.length - batch)),
  ]);
};

/** Number of axes that each index tuple addresses. */
function tupleLength(call: OpCall, chosen: readonly Dim[], rank: number): number {
  const length = dimAt(call, chosen, -1);
  if (typeof length === "string" || length < 1 || length > rank)
    throw new ShapeMismatch(call, `index tuples of length ${length} for rank ${rank}`);
  return length;
}

const scatterNd: ShapeRule = (call) => {
  requireDtype(call, 1, ["i64"]);
  const { dtype, shape } = input(call, 0);
  requireSameDtype(call);
  const chosen = input(call, 1).shape;
  const updates = [...chosen.slice(0, -1), ...shape.slice(tupleLength(call, chosen, shape.length))];
  if (!sameShape(updates, input(call, 2).shape))
    throw new ShapeMismatch(call, `updates must be [${updates.join(", ")}]`);
  return one(dtype, shape);
};

const scatterElements: ShapeRule = (call) => {
  requireDtype(call, 1, indices);
  const { dtype, shape } = input(call, 0);
  requireSameDtype(call);
  axisIndex(call, intAttribute(call, "axis", 0), shape.length);
  requireSame(call, input(call, 1).shape.length, shape.length);
  if (!sameShape(input(call, 1).shape, input(call, 2).shape))
    throw new ShapeMismatch(call, "indices and updates differ in shape");
  return one(dtype, shape);
};

function requireSameDtype(call: OpCall): void {
  requireDtype(call, 2, [input(call, 0).dtype]);
  input(call, 2);
}

export const gatheringRules: RuleTable = [
  ["Gather", gather],
  ["GatherElements", gatherElements],
  ["GatherND", gatherNd],
  ["ScatterND", scatterNd],
  ["ScatterElements", scatterElements],
];
