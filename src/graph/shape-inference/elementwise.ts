import type { Dtype } from "../../tensor/dtype.ts";
import { dtypeOf } from "../element-type.ts";
import { broadcastShapes } from "./broadcast.ts";
import { commonDtype, floats, input, intAttribute, one, requireDtype } from "./call.ts";
import { type OpCall, type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

const shapesOf = (call: OpCall) => call.inputs.map((_, i) => input(call, i).shape);

const numeric: readonly Dtype[] = ["f32", "f16", "bf16", "i32", "i64", "i8", "u8"];
const signed: readonly Dtype[] = ["f32", "f16", "bf16", "i32", "i64", "i8"];

/** One input, whose dtype must be among these; the output is like it. */
const unary =
  (dtypes: readonly Dtype[]): ShapeRule =>
  (call) => {
    requireDtype(call, 0, dtypes);
    return one(input(call, 0).dtype, input(call, 0).shape);
  };

/** Any number of inputs of one dtype, broadcast; the output has that dtype, or the given one. */
const broadcast =
  (dtypes: readonly Dtype[], output?: Dtype): ShapeRule =>
  (call) => {
    const dtype = commonDtype(call);
    requireDtype(call, 0, dtypes);
    return one(output ?? dtype, broadcastShapes(call, ...shapesOf(call)));
  };

const where: ShapeRule = (call) => {
  requireDtype(call, 0, ["bool"]);
  return one(commonDtype(call, 1), broadcastShapes(call, ...shapesOf(call)));
};

/** Base and exponent may differ in dtype; the output has the base's. */
const pow: ShapeRule = (call) => one(input(call, 0).dtype, broadcastShapes(call, ...shapesOf(call)));

const clip: ShapeRule = (call) => {
  for (const bound of call.inputs.slice(1)) {
    if (bound !== null && bound.shape.length > 0) throw new ShapeMismatch(call, "a bound is no scalar");
  }
  return one(commonDtype(call), input(call, 0).shape);
};

const cast: ShapeRule = (call) => {
  const dtype = dtypeOf(intAttribute(call, "to"));
  if (dtype === null) throw new ShapeMismatch(call, `cast to element type ${intAttribute(call, "to")}`);
  return one(dtype, input(call, 0).shape);
};

const all: readonly Dtype[] = [...numeric, "bool"];
const floatOps = [
  "Sqrt",
  "Exp",
  "Log",
  "Tanh",
  "Sigmoid",
  "Erf",
  "Gelu",
  "Softplus",
  "Sin",
  "Cos",
  "Reciprocal",
];
const roundingOps = ["Floor", "Ceil", "Round", "Elu", "LeakyRelu", "HardSigmoid", "HardSwish", "Softsign"];
const comparisons = ["Less", "LessOrEqual", "Greater", "GreaterOrEqual"];

export const elementwiseRules: RuleTable = [
  ...[...floatOps, ...roundingOps].map((op) => [op, unary(floats)] as const),
  ...["Neg", "Relu"].map((op) => [op, unary(signed)] as const),
  ...["Abs", "Sign"].map((op) => [op, unary(numeric)] as const),
  ["Identity", unary(all)],
  ["Not", unary(["bool"])],
  ...["Add", "Sub", "Mul", "Div", "Max", "Min", "Mod"].map((op) => [op, broadcast(numeric)] as const),
  ...["Sum", "Mean"].map((op) => [op, broadcast(floats)] as const),
  ...comparisons.map((op) => [op, broadcast(numeric, "bool")] as const),
  ["Equal", broadcast(all, "bool")],
  ...["And", "Or", "Xor"].map((op) => [op, broadcast(["bool"])] as const),
  ["Pow", pow],
  ["Where", where],
  ["Clip", clip],
  ["Cast", cast],
];
