import fc from "fast-check";
import { expect, test } from "vitest";
import { errorFrom } from "../testing/named-error.ts";
import { toF32 } from "./as-f32.ts";

test("bytes at any offset give the values that a DataView reads there", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 64 }), fc.nat(7), (source, offset) => {
      const all = new Uint8Array(source);
      const bytes = all.subarray(offset, offset + 4 * Math.floor((all.length - offset) / 4));
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const f32 = toF32(bytes, "f32");
      const bf16 = toF32(bytes, "bf16");
      const upper = new DataView(new ArrayBuffer(4));
      for (let i = 0; i < f32.length; i++) expect(f32[i]).toBe(view.getFloat32(4 * i, true));
      for (let i = 0; i < bf16.length; i++) {
        upper.setUint16(0, view.getUint16(2 * i, true));
        expect(bf16[i]).toBe(upper.getFloat32(0));
      }
      expect(toF32(bytes, "f16").length).toBe(bytes.byteLength / 2);
    }),
  );
});

test("f16 bytes give their values", () => {
  expect([...toF32(Uint8Array.of(9, 0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00).subarray(1), "f16")]).toEqual([
    1,
    -2,
    2 ** -24,
  ]);
});

test("bytes that end within a value are refused", async () => {
  for (const dtype of ["f32", "f16", "bf16"] as const)
    expect((await errorFrom(() => toF32(new Uint8Array(7), dtype))).name).toBe("CorruptCheckpoint");
});
