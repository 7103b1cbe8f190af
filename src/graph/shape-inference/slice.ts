import { addDims, floorDivideDims, subtractDims } from "../dim.ts";
import type { Dim } from "../graph.ts";
import { axisIndex, axisIndices, contentsOf, dimAt, input, numbersOf, one, requireSame } from "./call.ts";
import { type OpCall, type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

/** Ends at least this large mean "to the end", whatever the size. */
const farAway = 2 ** 31 - 1;

interface Range {
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number;
}

/**
 * Slice with known bounds. A bound within an axis of symbolic size (start 0, end 4 of "rows") is taken as a promise
 * that the axis reaches it; only bounds of numbers on axes of numbers are clamped.
 */
const slice: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const starts = contentsOf(call, 1);
  const ends = contentsOf(call, 2);
  const axes = call.inputs[3] ? numbersOf(call, 3) : starts.map((_, axis) => axis);
  const steps = call.inputs[4] ? numbersOf(call, 4) : starts.map(() => 1);
  for (const list of [ends, axes, steps]) requireSame(call, list.length, starts.length);
  axisIndices(call, axes, shape.length);
  const sliced = [...shape];
  for (const [i, axis] of axes.entries()) {
    const at = axisIndex(call, axis, shape.length);
    const range = { start: starts[i] ?? 0, end: ends[i] ?? 0, step: steps[i] ?? 1 };
    sliced[at] = slicedSize(call, dimAt(call, shape, at), range);
  }
  return one(dtype, sliced);
};

function slicedSize(call: OpCall, size: Dim, { start, end, step }: Range): Dim {
  if (step === 0) throw new ShapeMismatch(call, "step 0");
  const low = step > 0 ? 0 : -1;
  const first = boundOf(size, start, low);
  const last = boundOf(size, end, low);
  const span = step > 0 ? subtractDims(last, first) : subtractDims(first, last);
  const count = floorDivideDims(addDims(span, Math.abs(step) - 1), Math.abs(step));
  return typeof count === "number" ? Math.max(0, count) : count;
}

/** Where a bound lies: from the end when negative; clamped to [0, size] forwards, to [-1, size - 1] backwards. */
function boundOf(size: Dim, bound: Dim, low: number): Dim {
  if (typeof bound === "number" && bound >= farAway) return addDims(size, low);
  if (typeof bound === "number" && bound <= -farAway) return low;
  const at = typeof bound === "number" && bound < 0 ? addDims(size, bound) : bound;
  if (typeof at === "string" || typeof size === "string") return at;
  return Math.max(low, Math.min(at, size + low));
}

export const sliceRules: RuleTable = [["Slice", slice]];
