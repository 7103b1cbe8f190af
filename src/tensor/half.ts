import { Float16Array } from "@petamoriken/float16";

let f16Values: Float32Array<ArrayBuffer> | null = null;

/** The value of every f16 bit pattern: 256 KiB, made once, so that a weight costs one look-up. */
function f16Table(): Float32Array<ArrayBuffer> {
  if (f16Values !== null) return f16Values;
  f16Values = new Float32Array(0x1_0000);
  for (let bits = 0; bits < 0x1_0000; bits++) f16Values[bits] = f16Value(bits);
  return f16Values;
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. */
function f16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (0x400 + fraction) * 2 ** (exponent - 25);
}

/** f16 bits as f32 values, exactly; every NaN becomes the one quiet NaN. */
export function f16ToF32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const table = f16Table();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!;
  return values;
}

/** f32 values as f16 bits, to nearest, ties to even; beyond 65519.99… they become infinite. */
export function f32ToF16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const half = new Float16Array(values);
  return new Uint16Array(half.buffer, half.byteOffset, half.length);
}

/** bf16 bits as f32 values, exactly: bf16 is the upper half of an f32. */
export function bf16ToF32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** f32 values as bf16 bits, to nearest, ties to even. */
export function f32ToBf16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const notANumber = (word & 0x7fff_ffff) > 0x7f80_0000;
    // A NaN keeps its upper half and is made quiet: rounding could carry it into infinity.
    bits[i] = notANumber ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}
