import type { Value } from "../builder.ts";
import { fusedCases } from "./fused-operator-cases.ts";
import {
  all,
  bools,
  epsilon,
  f32,
  ints,
  number,
  type OperatorCase,
  several,
  single,
  zeros,
} from "./one-operator.ts";
import type { Sketch } from "./sketch.ts";

const floatUnary =
  "Sqrt Exp Log Tanh Sigmoid Erf Gelu Softplus Sin Cos Reciprocal Floor Ceil Round Elu LeakyRelu HardSigmoid HardSwish Softsign Neg Relu Abs Sign Identity";
const arithmetic = "Add Sub Mul Div Max Min Pow Sum Mean";
const comparison = "Less LessOrEqual Greater GreaterOrEqual Equal";
const reductions = "Sum Mean Max Min Prod L1 L2 SumSquare LogSum LogSumExp";

const elementwise: readonly (readonly [string, OperatorCase])[] = [
  ...floatUnary.split(" ").map((op) => [op, single(op, all(f32("n", 3)))] as const),
  ...arithmetic.split(" ").map((op) => [op, single(op, all(f32("n", 1, 3), f32("m", 1)))] as const),
  ...comparison.split(" ").map((op) => [op, single(op, all(f32("n", 3), f32(3)))] as const),
  ["Mod", single("Mod", all(ints(5, 7), ints(3)))],
  ["Mod", single("Mod", all(f32("n", 3), f32(3)), { fmod: 1 })],
  ["Not", single("Not", all(bools("n", 2)))],
  ...["And", "Or", "Xor"].map((op) => [op, single(op, all(bools("n", 2), bools(2)))] as const),
  ["Where", single("Where", all(bools("n", 1), f32(3), f32("n", 3)))],
  ["Clip", single("Clip", all(f32("n", 3), number(0.3), number(0.6)))],
  ...[1, 2, 3, 6, 7, 9, 10].map((to) => ["Cast", single("Cast", all(f32("n", 3)), { to })] as const),
  ["Gelu", single("Gelu", all(f32("n", 3)), { approximate: "tanh" })],
];

const linear: readonly (readonly [string, OperatorCase])[] = [
  ["MatMul", single("MatMul", all(f32("n", 4), f32(4, "k")))],
  ["MatMul", single("MatMul", all(f32("n", 1, "m", 4), f32(2, 4, "k")))],
  ["MatMul", single("MatMul", all(f32("n"), f32(2, "n", 3)))],
  ["MatMul", single("MatMul", all(f32(2, "m", "n"), f32("n")))],
  ["Gemm", single("Gemm", all(f32("n", 4), f32(3, 4), f32(3)), { transB: 1 })],
  ["Gemm", single("Gemm", all(f32("n", "m"), f32("n", 3), f32("m", 1)), { transA: 1 })],
  ["Einsum", single("Einsum", all(f32("n", "m", 3), f32("n", "k", 3)), { equation: "bij, bkj -> bik" })],
  ["Einsum", single("Einsum", all(f32("n", 3), f32(3, "m")), { equation: "zj,jy" })],
];

const layout: readonly (readonly [string, OperatorCase])[] = [
  ["Transpose", single("Transpose", all(f32("n", 2, "m")), { perm: [2, 0, 1] })],
  ["Transpose", single("Transpose", all(f32("n", 2, "m")))],
  ["Reshape", single("Reshape", all(f32("n", 6, "m"), ints(0, 2, -1)))],
  ["Reshape", single("Reshape", all(f32("n", 12), ints(-1, 4)))],
  ["Reshape", single("Reshape", all(f32("n", 12), ints(0, -1, 4)))],
  ["Squeeze", single("Squeeze", all(f32(1, "n", 1), ints(-1)))],
  ["Squeeze", single("Squeeze", all(f32(1, 3, 1)))],
  ["Unsqueeze", single("Unsqueeze", all(f32("n", 2), ints(0, -1)))],
  ["Flatten", single("Flatten", all(f32("n", "m", 3)), { axis: 2 })],
  ["Flatten", single("Flatten", all(f32("n", "m", 3)), { axis: -2 })],
  ["Expand", single("Expand", all(f32("n", 1), ints(2, 1, 3)))],
  ["Tile", single("Tile", all(f32("n", 2), ints(3, 2)))],
  ["Concat", single("Concat", all(f32("n", 2), f32("m", 2), f32(3, 2)), { axis: 0 })],
  ["Split", several("Split", all(f32(7, "n")), { axis: 0, num_outputs: 3, outputs: 3 })],
  ["Split", several("Split", all(f32("n", 7), ints(3, 4)), { axis: -1, outputs: 2 })],
  ["Pad", single("Pad", all(f32("n", 2), ints(1, 0, 2, 3)))],
  ["Pad", single("Pad", all(f32("n", 2), ints(1, 2), number(0), ints(-2)))],
  ["Slice", single("Slice", all(f32("n", 8), ints(0, 1), ints(1, 7), ints(0, 1), ints(1, 3)))],
  ["Slice", single("Slice", all(f32("n", 8), ints(-1), ints(2 ** 31 - 1), ints(0)))],
  [
    "Slice",
    single("Slice", all(f32("n", 8), ints(-1, -1), ints(-100, -(2 ** 31)), ints(1, 0), ints(-2, -1))),
  ],
  ["Slice", single("Slice", all(f32("n", 8), ints(5), ints(3), ints(1)))],
];

const gathering: readonly (readonly [string, OperatorCase])[] = [
  ["Gather", single("Gather", all(f32(2, "n", 3), zeros("i64", "m", 2)), { axis: 1 })],
  ["Gather", single("Gather", all(f32("n", 3), zeros("i32")), { axis: -1 })],
  ["GatherElements", single("GatherElements", all(f32("n", 3), zeros("i64", "n", 1)), { axis: 1 })],
  ["GatherND", single("GatherND", all(f32("n", 3, 4), zeros("i64", "m", 2)))],
  ["GatherND", single("GatherND", all(f32("n", 3, 4), zeros("i64", "n", 1)), { batch_dims: 1 })],
  [
    "ScatterND",
    single("ScatterND", all(f32("n", 3), zeros("i64", "m", 1), f32("m", 3)), { reduction: "add" }),
  ],
  [
    "ScatterElements",
    single("ScatterElements", all(f32("n", 3), zeros("i64", 1, 2), f32(1, 2)), { axis: 1, reduction: "add" }),
  ],
];

const reduction: readonly (readonly [string, OperatorCase])[] = [
  ...reductions
    .split(" ")
    .map((r) => [`Reduce${r}`, single(`Reduce${r}`, all(f32("n", 2, "m"), ints(-1)))] as const),
  ["ReduceSum", single("ReduceSum", all(f32("n", 2, "m"), ints(0, 2)), { keepdims: 0 })],
  ["ReduceMean", single("ReduceMean", all(f32("n", 2)), { keepdims: 0 })],
  ["ReduceSum", single("ReduceSum", all(f32("n", 2)), { noop_with_empty_axes: 1 })],
  ["ArgMax", single("ArgMax", all(f32("n", 2)), { axis: -1, keepdims: 0 })],
  ["ArgMin", single("ArgMin", all(f32("n", 2)))],
  ["TopK", several("TopK", all(f32("n", 5), ints(2)), { outputs: 2 })],
  ["Softmax", single("Softmax", all(f32("n", 3)))],
  ["LogSoftmax", single("LogSoftmax", all(f32("n", 3)), { axis: 0 })],
  ["CumSum", single("CumSum", all(f32("n", 3), ints(1)))],
  ["Trilu", single("Trilu", all(f32(2, "n", "m")), { upper: 0 })],
];

const normalization: readonly (readonly [string, OperatorCase])[] = [
  [
    "LayerNormalization",
    several("LayerNormalization", all(f32("n", 2, 4), f32(4), f32(4)), { ...epsilon, outputs: 3 }),
  ],
  ["LayerNormalization", single("LayerNormalization", all(f32("n", 2, 4), f32(2, 4)), { axis: 1 })],
  ["RMSNormalization", single("RMSNormalization", all(f32("n", 2, 4), f32(4)), { ...epsilon, axis: -1 })],
  [
    "SimplifiedLayerNormalization",
    several("SimplifiedLayerNormalization", all(f32("n", 2, 4), f32(4)), { ...epsilon, outputs: 2 }),
  ],
  [
    "com.microsoft.SkipSimplifiedLayerNormalization",
    several(
      "com.microsoft.SkipSimplifiedLayerNormalization",
      all(f32("n", "m", 4), f32("n", "m", 4), f32(4)),
      {
        ...epsilon,
        outputs: 4,
      },
    ),
  ],
];

const convolution: readonly (readonly [string, OperatorCase])[] = [
  ["Conv", single("Conv", all(f32("n", 2, 9), f32(4, 2, 3), f32(4)), { strides: [2], pads: [1, 0] })],
  ["Conv", single("Conv", all(f32(1, 2, "long"), f32(4, 2, 3)), { strides: [2], pads: [1, 1] })],
  ["Conv", single("Conv", all(f32("n", 4, 9, 8), f32(4, 2, 3, 2)), { group: 2, dilations: [2, 1] })],
  ["Conv", single("Conv", all(f32("n", 2, 9), f32(4, 2, 3)), { auto_pad: "SAME_UPPER", strides: [2] })],
  ["AveragePool", single("AveragePool", all(f32("n", 2, "long")), { kernel_shape: [3], strides: [2] })],
  ["MaxPool", several("MaxPool", all(f32("n", 2, 9, 8)), { kernel_shape: [3, 2], outputs: 2 })],
  ...[5, 6, 7, 8].map(
    (size) =>
      [
        "MaxPool",
        single("MaxPool", all(f32("n", 2, size)), {
          kernel_shape: [2],
          strides: [3],
          pads: [0, 1],
          ceil_mode: 1,
        }),
      ] as const,
  ),
  ["GlobalAveragePool", single("GlobalAveragePool", all(f32("n", 2, 5, "m")))],
  ["GlobalMaxPool", single("GlobalMaxPool", all(f32("n", 2, 5, "m")))],
];

const shapes: readonly (readonly [string, OperatorCase])[] = [
  ["Shape", single("Shape", all(f32("n", 2, "m")), { start: 1 })],
  ["Size", single("Size", all(f32("n", 2)))],
  ["ConstantOfShape", single("ConstantOfShape", all(ints(2, 3)))],
  ["Range", single("Range", all(number(0), number(2), number(0.3)))],
  ["Range", (s) => [s.builder.op("Range", [scalarOf(s, 1), lengthOf(s), scalarOf(s, 2)])]],
  [
    "Expand",
    (s) => [
      s.builder.op("Expand", [s.builder.scalar(0), s.builder.op("Shape", [s.input("f32", ["n", 2, "m"])])]),
    ],
  ],
  ["Reshape", reshapedByItsOwnShape],
];

/** (n + m) as an i64 scalar that is computed from the shape of an input. */
function lengthOf(s: Sketch): Value {
  const shape = s.builder.op("Shape", [s.input("f32", ["n", "m"])]);
  const [n, m] = [0, 1].map((i) => s.builder.op("Gather", [shape, scalarOf(s, i)]));
  return s.builder.op("Add", [n ?? null, m ?? null]);
}

const scalarOf = (s: Sketch, value: number): Value =>
  s.builder.constant({ dtype: "i64", shape: [], data: BigInt64Array.of(BigInt(value)) });

/** As exporters write it: Shape → Slice, Mul, Concat → Reshape. */
function reshapedByItsOwnShape(s: Sketch): readonly Value[] {
  const { builder } = s;
  const x = s.input("f32", ["n", "m", 6]);
  const shape = builder.op("Shape", [x]);
  const batch = builder.op("Slice", [shape, builder.ints([0]), builder.ints([1])]);
  const rows = builder.op("Slice", [shape, builder.ints([1]), builder.ints([2])]);
  const target = builder.op("Concat", [builder.op("Mul", [batch, rows]), builder.ints([2, -1])], { axis: 0 });
  const there = builder.op("Reshape", [x, target]);
  const half = builder.op("Div", [builder.op("Mul", [rows, builder.ints([2])]), builder.ints([2])]);
  const back = builder.op(
    "Concat",
    [
      builder.op("Unsqueeze", [builder.op("Squeeze", [batch, builder.ints([0])]), builder.ints([0])]),
      half,
      builder.ints([-1]),
    ],
    { axis: 0 },
  );
  return [there, builder.op("Reshape", [there, back])];
}

export const operatorCases: readonly (readonly [op: string, build: OperatorCase])[] = [
  ...elementwise,
  ...linear,
  ...layout,
  ...gathering,
  ...reduction,
  ...normalization,
  ...convolution,
  ...shapes,
  ...fusedCases,
];
