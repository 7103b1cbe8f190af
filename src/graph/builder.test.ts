import { expect, test } from "vitest";
import { f32Tensor } from "../tensor/tensor.ts";
import { type GraphBuilder, graphBuilder, type Value } from "./builder.ts";
import { IllegalGraph } from "./legality.ts";
import { NameTaken } from "./names.ts";
import { printGraph } from "./print.ts";
import { NoShapeRule, ShapeMismatch } from "./shape-inference/rule.ts";
import { runInOrt } from "./testing/run-in-ort.ts";

function norm(b: GraphBuilder, x: Value, weight: string): Value {
  return b.within("norm", () => {
    const square = b.op("ReduceMean", [b.op("Mul", [x, x]), b.ints([-1])]);
    const scale = b.op("Sqrt", [b.op("Add", [square, b.scalar(1e-5)])]);
    return b.op("Mul", [b.op("Div", [x, scale]), b.weight(weight, "f32", [4])]);
  });
}

test("[G2] a built graph prints as one line per node, named by the parts it belongs to", () => {
  const b = graphBuilder("two-layers");
  let hidden: Value = b.input("hidden", "f32", ["rows", 4]);
  for (const layer of [0, 1]) {
    hidden = b.within(`layers.${layer}`, () => {
      const projected = b.within("attn.q", () =>
        b.op("Gemm", [norm(b, hidden, `layers.${layer}.norm.weight`), b.weight("q.weight", "f32", [4, 4])], {
          transB: 1,
        }),
      );
      return b.op("Add", [hidden, b.op("Clip", [projected, b.scalar(0), null])]);
    });
  }
  b.output("out", hidden);
  expect(printGraph(b.build())).toMatchInlineSnapshot(`
    "graph two-layers (ai.onnx 23)
    input %hidden: f32[rows, 4]
    weight @layers.0.norm.weight: f32[4]
    weight @q.weight: f32[4, 4]
    weight @layers.1.norm.weight: f32[4]
    %layers.0.attn.q.norm.mul: f32[rows, 4] = Mul(%hidden, %hidden)
    %layers.0.attn.q.norm.reducemean: f32[rows, 1] = ReduceMean(%layers.0.attn.q.norm.mul, [-1])
    %layers.0.attn.q.norm.add: f32[rows, 1] = Add(%layers.0.attn.q.norm.reducemean, 0.00001)
    %layers.0.attn.q.norm.sqrt: f32[rows, 1] = Sqrt(%layers.0.attn.q.norm.add)
    %layers.0.attn.q.norm.div: f32[rows, 4] = Div(%hidden, %layers.0.attn.q.norm.sqrt)
    %layers.0.attn.q.norm: f32[rows, 4] = Mul(%layers.0.attn.q.norm.div, @layers.0.norm.weight)
    %layers.0.attn.q: f32[rows, 4] = Gemm(%layers.0.attn.q.norm, @q.weight) {transB=1}
    %layers.0.clip: f32[rows, 4] = Clip(%layers.0.attn.q, 0.0)
    %layers.0: f32[rows, 4] = Add(%hidden, %layers.0.clip)
    %layers.1.attn.q.norm.mul: f32[rows, 4] = Mul(%layers.0, %layers.0)
    %layers.1.attn.q.norm.reducemean: f32[rows, 1] = ReduceMean(%layers.1.attn.q.norm.mul, [-1])
    %layers.1.attn.q.norm.add: f32[rows, 1] = Add(%layers.1.attn.q.norm.reducemean, 0.00001)
    %layers.1.attn.q.norm.sqrt: f32[rows, 1] = Sqrt(%layers.1.attn.q.norm.add)
    %layers.1.attn.q.norm.div: f32[rows, 4] = Div(%layers.0, %layers.1.attn.q.norm.sqrt)
    %layers.1.attn.q.norm: f32[rows, 4] = Mul(%layers.1.attn.q.norm.div, @layers.1.norm.weight)
    %layers.1.attn.q: f32[rows, 4] = Gemm(%layers.1.attn.q.norm, @q.weight) {transB=1}
    %layers.1.clip: f32[rows, 4] = Clip(%layers.1.attn.q, 0.0)
    %out: f32[rows, 4] = Add(%layers.0, %layers.1.clip)
    output %out: f32[rows, 4]"
  `);
});

test("[G2] asking twice gives the same weight and the same constant", () => {
  const b = graphBuilder("g");
  expect(b.weight("w", "f32", [2, 3])).toBe(b.weight("w", "f32", [2, 3]));
  expect(() => b.weight("w", "f32", [3, 2])).toThrow(NameTaken);
  expect(() => b.weight("w", "f16", [2, 3])).toThrow(NameTaken);
  expect(b.ints([1, 2])).toBe(b.ints([1, 2]));
  expect(b.ints([1, 2])).not.toBe(b.ints([1, 2, 0]));
  expect(b.scalar(0)).not.toBe(b.scalar(-0));
  expect(b.constant(f32Tensor([1]))).not.toBe(b.constant(f32Tensor([])));
});

test("[G2] an output gets its name: from its node, or through an Identity for an input or a second name", async () => {
  const b = graphBuilder("g");
  const x = b.input("x", "f32", ["rows"]);
  const y = b.op("Neg", [x]);
  b.output("same", x);
  b.output("neg", y);
  b.output("again", y);
  const graph = b.build();
  expect(graph.nodes.map(({ op, outputs }) => [op, ...outputs])).toEqual([
    ["Neg", "neg"],
    ["Identity", "same"],
    ["Identity", "again"],
  ]);
  const actual = await runInOrt(graph, { x: f32Tensor([2], Float32Array.of(1, -2)) });
  expect([...actual.get("again")!.data]).toEqual([-1, 2]);
  expect([...actual.get("same")!.data]).toEqual([1, -2]);
});

test("[G2] a name asked for goes before a generated one, and is given once", () => {
  const b = graphBuilder("g");
  const x = b.input("x", "f32", [2]);
  const generated = b.op("Neg", [x]);
  expect(generated.name).toBe("neg");
  const asked = b.input("neg", "f32", [2]);
  expect([generated.name, asked.name]).toEqual(["neg.2", "neg"]);
  expect(() => b.input("x", "f32", [2])).toThrow(NameTaken);
  expect(() => b.output("x", generated)).toThrow(NameTaken);
});

test("[G2] a mistake throws where it is made", () => {
  const b = graphBuilder("g");
  const x = b.input("x", "f32", ["rows", 4]);
  expect(() => b.op("MatMul", [x, b.weight("w", "f32", [3, 4])])).toThrow(ShapeMismatch);
  expect(() => b.op("MatMul", [x, b.weight("w", "f32", [3, 4])])).toThrow(
    /MatMul\(x: f32\[rows, 4\], w: f32\[3, 4\]\)/,
  );
  expect(() => b.op("Add", [x, b.input("n", "f32", [3, 4])])).toThrow(/sizes rows and 3/);
  expect(() => b.op("Add", [x, b.ints([1])])).toThrow(/dtypes f32 and i64/);
  expect(() => b.op("Reshape", [x, b.ints([3, -1, 7])])).not.toThrow();
  expect(() => b.op("Reshape", [b.weight("v", "f32", [5]), b.ints([2, -1])])).toThrow(/no multiple/);
  expect(() => b.op("NonZero", [x])).toThrow(NoShapeRule);
  expect(() => b.op("Neg", [graphBuilder("other").input("x", "f32", [1])])).toThrow(NameTaken);
  expect(() => b.build()).toThrow(IllegalGraph);
});
