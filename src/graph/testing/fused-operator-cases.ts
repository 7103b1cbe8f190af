import { all, f32, type OperatorCase, single, zeros } from "./one-operator.ts";

const quantization: readonly (readonly [string, OperatorCase])[] = [
  [
    "DequantizeLinear",
    single("DequantizeLinear", (s) => [s.input("i8", ["n", 4]), s.input("f32", [4]), s.input("i8", [4])], {
      axis: 1,
    }),
  ],
  ["DequantizeLinear", single("DequantizeLinear", (s) => [s.input("u8", ["n", 4]), s.input("f32", [])])],
  [
    "com.microsoft.MatMulNBits",
    single(
      "com.microsoft.MatMulNBits",
      (s) => [s.input("f32", ["n", "m", 40]), s.input("u8", [6, 2, 16]), s.input("f32", [12])],
      {
        N: 6,
        K: 40,
        bits: 4,
        block_size: 32,
      },
    ),
  ],
  [
    "com.microsoft.DynamicQuantizeMatMul",
    single("com.microsoft.DynamicQuantizeMatMul", (s) => [
      s.input("f32", ["n", 4]),
      s.input("i8", [4, 3]),
      s.input("f32", [1]),
    ]),
  ],
];

const cosine = f32(16, 8);
const attention: readonly (readonly [string, OperatorCase])[] = [
  [
    "RotaryEmbedding",
    single("RotaryEmbedding", all(f32("n", 2, "m", 16), cosine, cosine, zeros("i64", "n", "m"))),
  ],
  [
    "com.microsoft.RotaryEmbedding",
    single("com.microsoft.RotaryEmbedding", all(f32("n", "m", 32), zeros("i64", 1), cosine, cosine), {
      num_heads: 2,
    }),
  ],
  ...[true, false].map((isPacked) => ["com.microsoft.GroupQueryAttention", groupQuery(isPacked)] as const),
];

function groupQuery(isPacked: boolean): OperatorCase {
  return (s) => {
    const { n = 0, past = 0 } = Object.fromEntries(s.sizes);
    const widths = isPacked ? [8 * 16] : [4 * 16, 2 * 16, 2 * 16];
    const projections = [0, 1, 2]
      .map((i) => widths[i])
      .map((w) => (w === undefined ? null : s.input("f32", [1, "n", w])));
    const cache = [0, 1].map(() => s.input("f32", [1, 2, "past", 16]));
    const lengths = [s.input("i32", [1], () => past + n - 1), s.input("i32", [], () => past + n)];
    return s.builder.ops(
      "com.microsoft.GroupQueryAttention",
      [...projections, ...cache, ...lengths],
      { num_heads: 4, kv_num_heads: 2 },
      3,
    );
  };
}

export const fusedCases: readonly (readonly [op: string, build: OperatorCase])[] = [
  ...quantization,
  ...attention,
];
