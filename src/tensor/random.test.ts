import { expect, test } from "vitest";
import { normal, normalValues, seededRandom } from "./random.ts";

const take = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

/** Largest distance between the empirical and the uniform distribution function. */
function distanceFromUniform(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((value, i) => Math.max((i + 1) / sorted.length - value, value - i / sorted.length)),
  );
}
/** Kolmogorov's bound, which chance exceeds once in about 10⁵ sequences. */
const bound = (count: number): number => 2.5 / Math.sqrt(count);

test("a seed fixes the sequence, and other seeds give others", () => {
  for (const seed of [0, 1, -1, 0.5, 2 ** 40, 2 ** 40 + 1, Number.NaN])
    expect(take(10, seededRandom(seed))).toEqual(take(10, seededRandom(seed)));
  const firsts = [0, 1, -1, 0.5, 2 ** 32, 2 ** 40, 2 ** 40 + 1].map((seed) => seededRandom(seed)());
  expect(new Set(firsts).size).toBe(firsts.length);
});

test("values are uniform in [0, 1) along a sequence, and across the first values of neighbouring seeds", () => {
  const along = take(20_000, seededRandom(7));
  const across = Array.from({ length: 20_000 }, (_, seed) => seededRandom(seed)());
  for (const values of [along, across]) {
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(distanceFromUniform(values)).toBeLessThan(bound(values.length));
  }
});

test("neighbours, along a sequence and across seeds, are uncorrelated", () => {
  const along = take(20_001, seededRandom(11));
  const across = Array.from({ length: 20_001 }, (_, seed) => seededRandom(seed)());
  for (const values of [along, across]) {
    const products = values.slice(1).map((value, i) => (value - 0.5) * (values[i]! - 0.5));
    const mean = products.reduce((sum, product) => sum + product, 0) / products.length;
    // The product of two independent uniform values about 0 has the deviation 1/12.
    expect(Math.abs(mean)).toBeLessThan(4.5 / 12 / Math.sqrt(products.length));
  }
});

test("normal values have the moments of the normal distribution, and 68.27 % lie within one deviation", () => {
  const values = take(40_000, normal(seededRandom(3)));
  const moment = (power: number): number =>
    values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  expect(Math.abs(moment(1))).toBeLessThan(0.025);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.04);
  expect(Math.abs(moment(3))).toBeLessThan(0.1);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.25);
  const within = values.filter((value) => Math.abs(value) < 1).length / values.length;
  expect(Math.abs(within - 0.6827)).toBeLessThan(0.012);
});

test("normal values of a deviation are the standard ones times it", () => {
  const scaled = normalValues(9, 0.02, seededRandom(5));
  const standard = take(9, normal(seededRandom(5)));
  expect([...scaled]).toEqual(standard.map((value) => Math.fround(0.02 * value)));
});
