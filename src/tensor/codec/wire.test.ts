import fc from "fast-check";
import { expect, test } from "vitest";
import { EdgeloomError } from "../edgeloom-error.ts";
import { normalValues, seededRandom } from "../random.ts";
import { errorFrom } from "../testing/named-error.ts";
import { decodeRows, encodeRows, payloadBytes, type WireFormat } from "./wire.ts";

const formats: readonly WireFormat[] = ["f32", "f16", "q8"];
const layouts = fc.record({ rows: fc.integer({ min: 0, max: 5 }), width: fc.integer({ min: 1, max: 40 }) });
const matrix = (float: fc.Arbitrary<number>) =>
  layouts.chain(({ rows, width }) =>
    fc.record({
      rows: fc.constant(rows),
      width: fc.constant(width),
      values: fc
        .array(float, { minLength: rows * width, maxLength: rows * width })
        .map((v) => Float32Array.from(v)),
    }),
  );

test("f32 rows come back bit for bit, NaN payloads included", () => {
  const words = layouts.chain(({ rows, width }) =>
    fc.record({
      rows: fc.constant(rows),
      width: fc.constant(width),
      words: fc.uint8Array({ minLength: 4 * rows * width, maxLength: 4 * rows * width }),
    }),
  );
  fc.assert(
    fc.property(words, ({ rows, width, words: bytes }) => {
      const own = new Uint8Array(bytes);
      const payload = encodeRows(new Float32Array(own.buffer), width, "f32");
      expect(payload).toEqual(own);
      expect(new Uint8Array(decodeRows(payload, { rows, width, format: "f32" }).buffer)).toEqual(own);
    }),
  );
});

test("f16 rows come back within half a unit in the last place", () => {
  fc.assert(
    fc.property(matrix(fc.float({ noNaN: true, min: -65504, max: 65504 })), ({ rows, width, values }) => {
      const back = decodeRows(encodeRows(values, width, "f16"), { rows, width, format: "f16" });
      for (const [i, value] of values.entries())
        expect(Math.abs(back[i]! - value)).toBeLessThanOrEqual(
          Math.max(Math.abs(value) * 2 ** -11, 2 ** -25),
        );
    }),
  );
});

test("q8 rows come back within half a step, 1/254 of their row's largest magnitude", () => {
  fc.assert(
    fc.property(matrix(fc.float({ noNaN: true, noDefaultInfinity: true })), ({ rows, width, values }) => {
      const back = decodeRows(encodeRows(values, width, "q8"), { rows, width, format: "q8" });
      for (let row = 0; row < rows; row++) {
        const own = [...values.subarray(row * width, (row + 1) * width)];
        const largest = Math.max(...own.map(Math.abs));
        const allowed = (largest / 254) * (1 + 1e-5) + 2 ** -100;
        for (const [i, value] of own.entries())
          expect(Math.abs(back[row * width + i]! - value)).toBeLessThanOrEqual(allowed);
      }
    }),
    { numRuns: 500 },
  );
});

test("each q8 row has its own scale, and zeros stay zeros", () => {
  const rows = Float32Array.of(1e-3, -5e-4, 1000, 500, 0, 0);
  const back = decodeRows(encodeRows(rows, 2, "q8"), { rows: 3, width: 2, format: "q8" });
  expect(back[0]).toBeCloseTo(1e-3, 8);
  expect(back[1]).toBeCloseTo(-5e-4, 5);
  expect([back[4], back[5]]).toEqual([0, 0]);
});

test("a payload has exactly the announced bytes, and decodes at any alignment", () => {
  const rows = normalValues(6 * 10, 1, seededRandom(1));
  for (const format of formats) {
    const payload = encodeRows(rows, 10, format);
    expect(payload.byteLength).toBe(payloadBytes(6, 10, format));
    const shifted = new Uint8Array(payload.byteLength + 3);
    shifted.set(payload, 3);
    const layout = { rows: 6, width: 10, format };
    expect(decodeRows(shifted.subarray(3), layout)).toEqual(decodeRows(payload, layout));
  }
  expect([payloadBytes(3, 5, "f32"), payloadBytes(3, 5, "f16"), payloadBytes(3, 5, "q8")]).toEqual([
    60, 30, 27,
  ]);
});

test("values that a format can't write are refused with the remedy", async () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(await errorFrom(() => encodeRows(Float32Array.of(1, bad), 2, "q8"))).toMatchObject({
      name: "InvalidRequest",
      message: expect.stringContaining('wire "f32"'),
    });
  expect((await errorFrom(() => encodeRows(Float32Array.of(70000), 1, "f16"))).message).toContain("70000");
  expect((await errorFrom(() => encodeRows(Float32Array.of(1, 2, 3), 2, "f32"))).name).toBe(
    "ProtocolMismatch",
  );
});

test("an infinite value crosses in f16 as it is: it was there before", () => {
  const rows = Float32Array.of(Number.NEGATIVE_INFINITY, 1);
  expect(decodeRows(encodeRows(rows, 2, "f16"), { rows: 1, width: 2, format: "f16" })).toEqual(rows);
});

test("[L3] random bytes under random layouts decode to finite q8 rows or are refused by name, never allocating on their word", () => {
  const counts = fc.oneof(
    fc.integer({ min: -2, max: 12 }),
    fc.double(),
    fc.constantFrom(2 ** 53, 2 ** 31, 1e308),
  );
  const wild = fc.record({
    payload: fc.uint8Array({ maxLength: 100 }),
    rows: counts,
    width: counts,
    format: fc.constantFrom(...formats),
  });
  fc.assert(
    fc.property(wild, ({ payload, ...layout }) => {
      try {
        const values = decodeRows(payload, layout);
        expect(values.length).toBe(layout.rows * layout.width);
        if (layout.format === "q8") expect(values.every(Number.isFinite)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(EdgeloomError);
      }
    }),
    { numRuns: 3000 },
  );
});

test("[L3] a scale that is no size is refused", async () => {
  for (const scale of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    const payload = new Uint8Array(6);
    new DataView(payload.buffer).setFloat32(0, scale, true);
    const refusal = await errorFrom(() => decodeRows(payload, { rows: 1, width: 2, format: "q8" }));
    expect(refusal.name).toBe("ProtocolMismatch");
  }
});
