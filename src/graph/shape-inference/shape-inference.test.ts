import fc from "fast-check";
import { expect, test } from "vitest";
import { dimValue } from "../dim.ts";
import { printGraph } from "../print.ts";
import type { OperatorCase } from "../testing/one-operator.ts";
import { operatorCases } from "../testing/operator-cases.ts";
import { runInOrt } from "../testing/run-in-ort.ts";
import { sketch } from "../testing/sketch.ts";
import { inferableOps } from "./infer.ts";

const size = fc.integer({ min: 1, max: 4 });
const sizes = fc.record({
  n: size,
  m: size,
  k: size,
  past: fc.integer({ min: 0, max: 3 }),
  long: fc.integer({ min: 5, max: 12 }),
});

/** Builds and runs an operator with these sizes; the shapes that come out are those inferred. */
async function expectShapes(build: OperatorCase, chosen: Readonly<Record<string, number>>): Promise<void> {
  const drawn = sketch(chosen);
  const named = build(drawn).filter(({ name }) => name !== "");
  for (const [i, value] of named.entries()) drawn.builder.output(`y${i}`, value);
  const graph = drawn.builder.build();
  const outputs = await runInOrt(graph, drawn.feeds);
  const actual = [...outputs].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const inferred = graph.outputs.map(({ name, dtype, shape }) => ({
    name,
    dtype,
    shape: shape.map((dim) => dimValue(dim, drawn.sizes)),
  }));
  expect(actual, printGraph(graph)).toEqual(inferred);
}

test.each(operatorCases.map(([op, build], row) => ({ op, build, row })))(
  "[G2] inferred dtype and shape of $op (row $row) are those that ONNX Runtime gives",
  ({ build }) =>
    fc.assert(
      fc.asyncProperty(sizes, (chosen) => expectShapes(build, chosen)),
      { numRuns: 3 },
    ),
);

const worksEmpty = [
  "Add",
  "Gemm",
  "MatMul",
  "Softmax",
  "RMSNormalization",
  "SimplifiedLayerNormalization",
  "Concat",
];

test.each(worksEmpty.map((op) => [op, new Map(operatorCases.toReversed()).get(op)!] as const))(
  "[G2] %s with 0 rows gives 0 rows",
  (_op, build) => expectShapes(build, { n: 0, m: 1, k: 1 }),
);

test("[G2] every operator with a shape rule is compared with ONNX Runtime", () => {
  const compared = new Set(operatorCases.map(([op]) => op));
  expect(inferableOps().filter((op) => !compared.has(op))).toEqual([]);
});
