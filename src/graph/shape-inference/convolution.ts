import { addDims, floorDivideDims, multiplyDims } from "../dim.ts";
import type { Dim } from "../graph.ts";
import {
  commonDtype,
  dimAt,
  input,
  intAttribute,
  intsAttribute,
  one,
  optionalInput,
  requireSame,
  textAttribute,
} from "./call.ts";
import { type OpCall, type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

/** How a kernel moves along one spatial axis. */
interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

function windowsOf(call: OpCall, kernels: readonly Dim[]): readonly Window[] {
  const rank = kernels.length;
  const perAxis = (name: string, fallback: number, length = rank): readonly number[] => {
    const values = intsAttribute(call, name) ?? Array.from({ length }, () => fallback);
    requireSame(call, values.length, length);
    return values;
  };
  const strides = perAxis("strides", 1);
  const dilations = perAxis("dilations", 1);
  const pads = perAxis("pads", 0, 2 * rank);
  return kernels.map((kernel, axis) => {
    const [stride = 1, dilation = 1] = [strides[axis], dilations[axis]];
    const [before = 0, after = 0] = [pads[axis], pads[axis + rank]];
    if (typeof kernel === "string" || kernel < 1 || stride < 1 || dilation < 1 || before < 0 || after < 0)
      throw new ShapeMismatch(
        call,
        `kernel ${kernel}, stride ${stride}, dilation ${dilation}, pads ${before}/${after}`,
      );
    return { kernel, stride, dilation, before, after };
  });
}

function spatialShape(call: OpCall, sizes: readonly Dim[], windows: readonly Window[]): readonly Dim[] {
  const automatic = textAttribute(call, "auto_pad", "NOTSET");
  const roundUp = intAttribute(call, "ceil_mode", 0) !== 0;
  return windows.map((window, axis) => {
    const size = dimAt(call, sizes, axis);
    if (automatic === "SAME_UPPER" || automatic === "SAME_LOWER")
      return floorDivideDims(addDims(size, window.stride - 1), window.stride);
    const padded = automatic === "VALID" ? { ...window, before: 0, after: 0 } : window;
    const count = roundUp ? countRoundedUp(call, size, padded) : countPositions(size, padded, 0);
    if (typeof count === "number" && count < 1)
      throw new ShapeMismatch(call, `the kernel exceeds size ${size}`);
    return count;
  });
}

/** floor((size + pads - dilation * (kernel - 1) - 1 + extra) / stride) + 1 */
function countPositions(size: Dim, { kernel, stride, dilation, before, after }: Window, extra: number): Dim {
  const room = addDims(size, before + after - dilation * (kernel - 1) - 1 + extra);
  return addDims(floorDivideDims(room, stride), 1);
}

/** ceil_mode: one more position for a partial window, unless it would start in the padding behind. */
function countRoundedUp(call: OpCall, size: Dim, window: Window): Dim {
  const count = countPositions(size, window, window.stride - 1);
  if (window.stride === 1) return count;
  if (typeof count === "string" || typeof size === "string")
    throw new ShapeMismatch(
      call,
      `ceil_mode with stride ${window.stride} needs a size in numbers, has ${size}`,
    );
  return (count - 1) * window.stride >= size + window.before ? count - 1 : count;
}

/** x: [n, channels, ...spatial], w: [out, channels / group, ...kernel]. */
const conv: ShapeRule = (call) => {
  const x = input(call, 0).shape;
  const w = input(call, 1).shape;
  if (x.length < 3 || w.length !== x.length)
    throw new ShapeMismatch(call, "needs [n, channels, ...] and a kernel");
  requireSame(call, multiplyDims(dimAt(call, w, 1), intAttribute(call, "group", 1)), dimAt(call, x, 1));
  const bias = optionalInput(call, 2);
  if (bias !== null) {
    requireSame(call, bias.shape.length, 1);
    requireSame(call, bias.shape[0], w[0]);
  }
  const windows = windowsOf(call, w.slice(2));
  return one(commonDtype(call), [
    dimAt(call, x, 0),
    dimAt(call, w, 0),
    ...spatialShape(call, x.slice(2), windows),
  ]);
};

/** The output, and for MaxPool where asked for the i64 indices. */
const pool: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const kernel = intsAttribute(call, "kernel_shape") ?? [];
  if (shape.length < 3 || kernel.length !== shape.length - 2)
    throw new ShapeMismatch(call, `kernel_shape [${kernel.join(", ")}]`);
  const pooled = [...shape.slice(0, 2), ...spatialShape(call, shape.slice(2), windowsOf(call, kernel))];
  return [
    { dtype, shape: pooled },
    { dtype: "i64" as const, shape: pooled },
  ].slice(0, call.node.outputs.length);
};

const globalPool: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  if (shape.length < 3) throw new ShapeMismatch(call, "needs [n, channels, ...]");
  return one(
    dtype,
    shape.map((dim, axis) => (axis < 2 ? dim : 1)),
  );
};

export const convolutionRules: RuleTable = [
  ["Conv", conv],
  ["MaxPool", pool],
  ["AveragePool", pool],
  ["GlobalAveragePool", globalPool],
  ["GlobalMaxPool", globalPool],
];
