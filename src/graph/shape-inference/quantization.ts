import { floorDivideDims } from "../dim.ts";
import {
  axisIndex,
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
import { matMulShape } from "./linear.ts";
import { type OpCall, type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

/** Scale of the whole tensor, of each index of an axis, or of each block of an axis. */
const dequantizeLinear: ShapeRule = (call) => {
  const { shape } = input(call, 0);
  const scale = input(call, 1);
  requireDtype(call, 0, ["i8", "u8", "i32"]);
  requireDtype(call, 1, floats);
  requireDtype(call, 2, [input(call, 0).dtype]);
  if (scale.shape.length === 1 && shape.length > 0) {
    const axis = axisIndex(call, intAttribute(call, "axis", 1), shape.length);
    if (scale.shape[0] !== 1) requireSame(call, scale.shape[0], shape[axis]);
  } else if (scale.shape.length > 1) requireSame(call, scale.shape.length, shape.length);
  const zeroPoint = optionalInput(call, 2);
  if (zeroPoint !== null) requireSame(call, zeroPoint.shape.length, scale.shape.length);
  return one(scale.dtype, shape);
};

/** x: [..., K], w: u8 [N, blocks, bytes per block], scales: [N * blocks] or [N, blocks] → [..., N]. */
const matMulNBits: ShapeRule = (call) => {
  const { dtype, shape } = input(call, 0);
  const columns = intAttribute(call, "N");
  const depth = intAttribute(call, "K");
  const bits = intAttribute(call, "bits", 4);
  const block = intAttribute(call, "block_size");
  if (depth < 1 || columns < 1 || bits < 1 || block < 1)
    throw new ShapeMismatch(call, `N ${columns}, K ${depth}, bits ${bits}, block_size ${block}`);
  requireDtype(call, 0, floats);
  requireDtype(call, 1, ["u8"]);
  requireDtype(call, 2, [dtype]);
  requireSame(call, dimAt(call, shape, -1), depth);
  const blocks = floorDivideDims(depth + block - 1, block);
  const packed = [columns, blocks, floorDivideDims(block * bits + 7, 8)];
  for (const [axis, size] of packed.entries()) requireSame(call, ranked(call, 1, 3).shape[axis], size);
  requireElements(call, 2, columns * Number(blocks));
  return one(dtype, [...shape.slice(0, -1), columns]);
};

function requireElements(call: OpCall, index: number, count: number): void {
  const elements = input(call, index).shape.reduce<number>((product, dim) => product * Number(dim), 1);
  requireSame(call, elements, count);
}

/** f32 times i8/u8 [K, N] with its scale → f32. */
const dynamicQuantizeMatMul: ShapeRule = (call) => {
  requireDtype(call, 0, ["f32"]);
  requireDtype(call, 1, ["i8", "u8"]);
  requireDtype(call, 2, ["f32"]);
  input(call, 2);
  return one("f32", matMulShape(call, input(call, 0).shape, input(call, 1).shape));
};

export const quantizationRules: RuleTable = [
  ["DequantizeLinear", dequantizeLinear],
  ["com.microsoft.MatMulNBits", matMulNBits],
  ["com.microsoft.DynamicQuantizeMatMul", dynamicQuantizeMatMul],
];
