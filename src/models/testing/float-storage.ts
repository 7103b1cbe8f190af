/** Dtypes in which checkpoints of language models are published. */
export type FloatDtype = "F32" | "F16" | "BF16";

/** Little-endian bytes of these values, each rounded to the nearest of the dtype, ties to even. */
export function storeFloats(values: Float32Array<ArrayBuffer>, dtype: FloatDtype): Uint8Array<ArrayBuffer> {
  if (dtype === "F32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const round = dtype === "F16" ? toHalf : toBrain;
  const single = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const stored = new Uint16Array(values.length);
  for (let index = 0; index < stored.length; index++) stored[index] = round(single[index]!);
  return new Uint8Array(stored.buffer);
}

/** The values that such bytes stand for. */
export function loadFloats(bytes: Uint8Array<ArrayBuffer>, dtype: FloatDtype): Float64Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = dtype === "F32" ? 4 : 2;
  const values = new Float64Array(bytes.length / size);
  const read = readers[dtype];
  for (let index = 0; index < values.length; index++) values[index] = read(view, size * index);
  return values;
}

const readers = {
  F32: (view: DataView, at: number) => view.getFloat32(at, true),
  F16: (view: DataView, at: number) => fromHalf(view.getUint16(at, true)),
  BF16: (view: DataView, at: number) => fromBrain(view.getUint16(at, true)),
} as const;

/** The upper half of the bits of an f32, after rounding away the lower. Not for infinities and NaN, which no weight is. */
const toBrain = (bits: number): number => ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;

const fromBrain = (bits: number): number => {
  const magnitude =
    (bits >> 7) & 0xff
      ? (1 + (bits & 0x7f) / 128) * 2 ** (((bits >> 7) & 0xff) - 127)
      : ((bits & 0x7f) / 128) * 2 ** -126;
  return bits & 0x8000 ? -magnitude : magnitude;
};

/** Bits of the f32 2^-14, the smallest normal half; its exponent field is 112 above that half's. */
const smallestNormal = 0x38800000;
const exponentShift = 112 << 23;

function toHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= smallestNormal)
    return sign | ((magnitude - exponentShift + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  // Subnormal: a multiple of 2^-24, reached by shifting the whole significand (24 bits, of which 23 are stored).
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const down = significand >>> shift;
  const rest = significand - down * 2 ** shift;
  const half = 2 ** (shift - 1);
  return sign | (down + (rest > half || (rest === half && down % 2 === 1) ? 1 : 0));
}

const fromHalf = (bits: number): number => {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  const magnitude = exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14;
  return bits & 0x8000 ? -magnitude : magnitude;
};
