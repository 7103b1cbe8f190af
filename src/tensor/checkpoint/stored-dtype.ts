/** Bits per element of every dtype that the safetensors format names. */
const bits = {
  bool: 8,
  u8: 8,
  i8: 8,
  u16: 16,
  i16: 16,
  u32: 32,
  i32: 32,
  u64: 64,
  i64: 64,
  f4: 4,
  f6_e2m3: 6,
  f6_e3m2: 6,
  f8_e4m3: 8,
  f8_e5m2: 8,
  f8_e8m0: 8,
  f8_e4m3fnuz: 8,
  f8_e5m2fnuz: 8,
  f16: 16,
  bf16: 16,
  f32: 32,
  f64: 64,
  c64: 64,
} as const;

/** A dtype of the safetensors format, in lower case: "BF16" is `bf16`. */
export type StoredDtype = keyof typeof bits;

/** The stored dtypes that Edgeloom reads. */
export type ReadableDtype = "f32" | "f16" | "bf16" | "i8" | "u8";

const readable: ReadonlySet<string> = new Set<ReadableDtype>(["f32", "f16", "bf16", "i8", "u8"]);

export const isReadable = (dtype: StoredDtype): dtype is ReadableDtype => readable.has(dtype);

export const bitsPerElement = (dtype: StoredDtype): number => bits[dtype];

const isStored = (name: string): name is StoredDtype => Object.hasOwn(bits, name);

/** The dtype that a header names, or null when the format has none of that name. */
export function storedDtype(name: string): StoredDtype | null {
  const lower = name.toLowerCase();
  return name === name.toUpperCase() && isStored(lower) ? lower : null;
}
