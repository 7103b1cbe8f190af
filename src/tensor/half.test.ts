import { getFloat16 } from "@petamoriken/float16";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "./half.ts";

/** The oracle: the sum of what each fraction bit stands for, in float64. */
function exactValue(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor(bits / 1024) % 32;
  let significand = exponent === 0 ? 0 : 1;
  for (let place = 1; place <= 10; place++)
    significand += (Math.floor(bits / 2 ** (10 - place)) % 2) / 2 ** place;
  if (exponent < 31) return sign * significand * 2 ** (Math.max(exponent, 1) - 15);
  return significand === 1 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
}

const all = Uint16Array.from({ length: 0x1_0000 }, (_, i) => i);
const isNaN16 = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;

test("every f16 pattern has the value of its bits, by formula and by the library", () => {
  const values = f16ToF32(all);
  const view = new DataView(all.buffer);
  const wrong = all.filter(
    (bits) =>
      !Object.is(values[bits], exactValue(bits)) ||
      !Object.is(values[bits], getFloat16(view, 2 * bits, true)),
  );
  expect([...wrong]).toEqual([]);
});

test("every f16 value goes back to its own pattern, and every NaN to a NaN", () => {
  const back = f32ToF16(f16ToF32(all));
  const wrong = all.filter((bits) => (isNaN16(bits) ? !isNaN16(back[bits]!) : back[bits] !== bits));
  expect([...wrong]).toEqual([]);
});

const oracle = Float64Array.from(all, exactValue);

/** The oracle: of the two neighbouring patterns of one sign, the nearer in float64; of two as near, the even one. */
function nearestF16(value: number): number {
  const size = Math.abs(value);
  let low = 0;
  let high = 0x7c00;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (oracle[middle]! <= size) low = middle;
    else high = middle;
  }
  const above = high === 0x7c00 ? 65536 : oracle[high]!;
  const below = size - oracle[low]!;
  const tie = below === above - size;
  const chosen = (tie ? low % 2 === 0 : below < above - size) ? low : high;
  return (Object.is(Math.sign(value), -1) || Object.is(value, -0) ? 0x8000 : 0) + chosen;
}

test("f32 rounds to the nearest f16, ties to even, at and beside every midpoint, carries included", () => {
  const values: number[] = [];
  for (let bits = 0; bits < 0x7c00; bits++) {
    const above = bits === 0x7bff ? 65536 : oracle[bits + 1]!;
    const middle = (oracle[bits]! + above) / 2;
    values.push(middle, -middle, middle * (1 + 2 ** -23), middle * (1 - 2 ** -23));
  }
  const inputs = Float32Array.from(values);
  const rounded = f32ToF16(inputs);
  const wrong = [...inputs].filter((value, i) => rounded[i] !== nearestF16(value));
  expect(wrong).toEqual([]);
});

test("rounding carries from all-ones fractions into the exponent", () => {
  expect([
    ...f32ToF16(Float32Array.of(1.9998, 2047.5, 65519.996, 65520, 6.1e-5, -0, 2 ** -25, 2 ** -24 * 0.5001)),
  ]).toEqual([0x4000, 0x6800, 0x7bff, 0x7c00, 0x03ff, 0x8000, 0, 1]);
});

test("any f32 rounds to the nearest f16", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -65000, max: 65000 }), (value) => {
      expect(f32ToF16(Float32Array.of(value))[0]).toBe(nearestF16(value));
    }),
    { numRuns: 2000 },
  );
});

test("every bf16 pattern is the f32 of those upper bits, and goes back", () => {
  const values = bf16ToF32(all);
  const view = new DataView(new ArrayBuffer(4));
  const back = f32ToBf16(values);
  const wrong = all.filter((bits) => {
    view.setUint16(0, bits);
    const expected = view.getFloat32(0);
    if (Number.isNaN(expected)) return !Number.isNaN(values[bits]) || (back[bits]! & 0x7fff) <= 0x7f80;
    return !Object.is(values[bits], expected) || back[bits] !== bits;
  });
  expect([...wrong]).toEqual([]);
});

test("f32 rounds to the nearest bf16, ties to even", () => {
  fc.assert(
    fc.property(
      fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 127), max: 2 ** 127 }),
      (value) => {
        const bits = f32ToBf16(Float32Array.of(value))[0]!;
        const [here, before, after] = bf16ToF32(Uint16Array.of(bits, bits - 1, bits + 1));
        const error = Math.abs(value - here!);
        for (const other of [before!, after!]) {
          if (!Number.isFinite(other) || Math.sign(other) * Math.sign(value) < 0) continue;
          const otherError = Math.abs(value - other);
          expect(error).toBeLessThanOrEqual(otherError);
          if (error === otherError) expect(bits % 2).toBe(0);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("a NaN stays a NaN in bf16, whatever its payload", () => {
  const words = Uint32Array.of(0x7f80_0001, 0xffff_ffff, 0x7fff_ffff, 0xff80_8000);
  for (const value of bf16ToF32(f32ToBf16(new Float32Array(words.buffer)))) expect(value).toBeNaN();
});
