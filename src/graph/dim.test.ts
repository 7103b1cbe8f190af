import fc from "fast-check";
import { expect, test } from "vitest";
import { addDims, canonicalDim, dimValue, floorDivideDims, multiplyDims, subtractDims } from "./dim.ts";
import type { Dim } from "./graph.ts";
import { InexpressibleDim } from "./polynomial.ts";

type Sizes = ReadonlyMap<string, number>;

/** An expression in three symbols, evaluated by its own tree: the oracle of the canonical form. */
interface Expression {
  readonly dim: Dim;
  readonly value: (sizes: Sizes) => number;
}

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc
    .constantFrom("past", "rows", "batch_0.x")
    .map((name) => ({ dim: name, value: (s: Sizes) => s.get(name)! })),
  fc.integer({ min: -4, max: 9 }).map((number) => ({ dim: number, value: () => number })),
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    leaf,
    fc
      .tuple(tie("expression"), tie("expression"))
      .map(([a, b]) => ({ dim: addDims(a.dim, b.dim), value: (s: Sizes) => a.value(s) + b.value(s) })),
    fc
      .tuple(tie("expression"), tie("expression"))
      .map(([a, b]) => ({ dim: subtractDims(a.dim, b.dim), value: (s: Sizes) => a.value(s) - b.value(s) })),
    fc
      .tuple(tie("expression"), tie("expression"))
      .map(([a, b]) => ({ dim: multiplyDims(a.dim, b.dim), value: (s: Sizes) => a.value(s) * b.value(s) })),
    fc.tuple(tie("expression"), fc.integer({ min: 1, max: 5 })).map(([a, by]) => ({
      dim: floorDivideDims(a.dim, by),
      value: (s: Sizes) => Math.floor(a.value(s) / by),
    })),
  ),
}));

const size = fc.integer({ min: 0, max: 12 });
const sizes = fc.tuple(size, size, size).map(
  ([past, rows, batch]) =>
    new Map([
      ["past", past],
      ["rows", rows],
      ["batch_0.x", batch],
    ]),
);

test("[G2] a symbolic size has the value of the arithmetic that made it", () => {
  fc.assert(
    fc.property(expression, sizes, ({ dim, value }, chosen) => {
      expect(dimValue(dim, chosen)).toBe(value(chosen) + 0);
    }),
  );
});

test("[G2] a symbolic size is its own canonical form", () => {
  fc.assert(
    fc.property(expression, ({ dim }) => {
      if (typeof dim === "string") expect(canonicalDim(dim)).toBe(dim);
    }),
  );
});

test("[G2] sums and products are equal in every order, and division undoes a product", () => {
  fc.assert(
    fc.property(expression, expression, expression, ({ dim: a }, { dim: b }, { dim: c }) => {
      expect(addDims(a, b, c)).toBe(addDims(c, a, b));
      expect(multiplyDims(a, addDims(b, c))).toBe(addDims(multiplyDims(c, a), multiplyDims(b, a)));
      if (b !== 0) expect(floorDivideDims(multiplyDims(a, b), b)).toBe(a);
    }),
  );
});

test("[G2] sizes read as people write them", () => {
  expect(addDims("rows", "past")).toBe("past+rows");
  expect(addDims(1, "rows", 2, "rows")).toBe("2*rows+3");
  expect(subtractDims("rows", 1)).toBe("rows-1");
  expect(multiplyDims("rows", "batch", 2)).toBe("2*batch*rows");
  expect(floorDivideDims(addDims("rows", 1), 2)).toBe("floor((rows+1)/2)");
  expect(floorDivideDims(multiplyDims(6, "rows"), 4)).toBe("floor(rows/2)+rows");
  expect(floorDivideDims(addDims(multiplyDims(2, "rows"), 3), 8)).toBe("floor((rows+1)/4)");
  expect(canonicalDim("rows + past")).toBe("past+rows");
  expect(canonicalDim("floor((height + 3)/2) + 1")).toBe("floor((height+1)/2)+2");
});

test("[G2] hostile sizes are refused, not expanded", () => {
  expect(canonicalDim("(".repeat(900))).toBeNull();
  expect(canonicalDim("a b")).toBeNull();
  expect(canonicalDim("2a")).toBeNull();
  const sum = Array.from({ length: 40 }, (_, i) => `s${i}`).join("+");
  expect(() => multiplyDims(sum, sum)).toThrow(InexpressibleDim);
  expect(() => multiplyDims(2 ** 40, 2 ** 40)).toThrow(InexpressibleDim);
  expect(() => floorDivideDims("rows", 0)).toThrow(InexpressibleDim);
});
