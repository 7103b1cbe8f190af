import fc from "fast-check";
import { expect, test } from "vitest";
import { type FloatDtype, loadFloats, storeFloats } from "./float-storage.ts";

const rounded = (value: number, dtype: FloatDtype): number =>
  loadFloats(storeFloats(Float32Array.of(value), dtype), dtype)[0]!;

/** Every finite value of a 16-bit dtype, ascending. */
function allValues(dtype: "F16" | "BF16"): Float64Array {
  const patterns = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
  const largest = dtype === "F16" ? 65_504 : (2 - 2 ** -7) * 2 ** 127;
  return loadFloats(new Uint8Array(patterns.buffer), dtype)
    .filter((value) => Math.abs(value) <= largest)
    .sort();
}

test.each(["F16", "BF16"] as const)("every %s is stored as itself", (dtype) => {
  const values = allValues(dtype);
  const stored = loadFloats(storeFloats(Float32Array.from(values), dtype), dtype);
  expect(stored.findIndex((value, index) => !Object.is(value, values[index]))).toBe(-1);
  expect(stored.length).toBe(values.length);
});

test.each(["F16", "BF16"] as const)("no %s is nearer to a value than the stored one", (dtype) => {
  const values = allValues(dtype);
  const normal = fc.float({ noNaN: true, min: -1000, max: 1000 });
  const tiny = fc.float({ noNaN: true, min: Math.fround(-1e-4), max: Math.fround(1e-4) });
  fc.assert(
    fc.property(fc.oneof(normal, tiny), (value) => {
      const error = Math.abs(rounded(value, dtype) - value);
      const nearest = values.reduce(
        (best, candidate) => Math.min(best, Math.abs(candidate - value)),
        Number.POSITIVE_INFINITY,
      );
      expect(error).toBe(nearest);
    }),
    { numRuns: 100 },
  );
});

test("halfway between two halves the even one is stored", () => {
  expect(
    [1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 3 * 2 ** -25].map((value) => rounded(value, "F16")),
  ).toEqual([1, 1 + 2 ** -9, 0, 2 ** -23]);
  expect([1 + 2 ** -8, 1 + 3 * 2 ** -8].map((value) => rounded(value, "BF16"))).toEqual([1, 1 + 2 ** -6]);
});
