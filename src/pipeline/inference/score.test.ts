import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scoreRows } from "./score.ts";

/** −ln softmax(row)[target] by its definition, in double precision; for logits small enough that nothing overflows. */
function lossOf(row: readonly number[], target: number): number {
  const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return -Math.log(Math.exp(row[target]!) / total);
}

const vocabulary = 7;
const row = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), {
  minLength: vocabulary,
  maxLength: vocabulary,
});
const target = fc.integer({ min: -1, max: vocabulary - 1 });

describe("the score of rows", () => {
  test("is Σ −ln p(target) over the rows that have one", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(row, target), { minLength: 1, maxLength: 6 }), (rows) => {
        const logits = Float32Array.from(rows.flatMap(([values]) => values));
        const targets = Int32Array.from(rows, ([, id]) => id);
        const expected = rows.reduce((sum, [values, id]) => sum + (id < 0 ? 0 : lossOf(values, id)), 0);
        const { negativeLogLikelihood, lastLogits } = scoreRows(logits, targets);
        expect(negativeLogLikelihood).toBeCloseTo(expected, 9);
        expect([...lastLogits]).toEqual([...logits.slice(-vocabulary)]);
      }),
    );
  });

  test("of equal logits is the logarithm of the vocabulary", () => {
    const { negativeLogLikelihood } = scoreRows(new Float32Array(3 * 50).fill(4), Int32Array.of(0, 49, 7));
    expect(negativeLogLikelihood).toBeCloseTo(3 * Math.log(50), 12);
  });

  test("stays exact where exponentials overflow", () => {
    const logits = Float32Array.of(1000, 998, 0, -1000);
    const { negativeLogLikelihood } = scoreRows(logits, Int32Array.of(1));
    expect(negativeLogLikelihood).toBeCloseTo(2 + Math.log1p(Math.exp(-2)), 12);
    expect(scoreRows(logits, Int32Array.of(3)).negativeLogLikelihood).toBeCloseTo(
      2000 + Math.log1p(Math.exp(-2)),
      9,
    );
  });

  test("gives logits of its own, which outlive the ones it was given", () => {
    const logits = Float32Array.of(1, 2);
    const { lastLogits } = scoreRows(logits, Int32Array.of(-1));
    logits.fill(0);
    expect([...lastLogits]).toEqual([1, 2]);
  });
});
