/** Element types that Edgeloom reads, computes with or sends. `bf16` is only ever read: ONNX Runtime has no kernels for it. */
export type Dtype = "f32" | "f16" | "bf16" | "i32" | "i64" | "i8" | "u8" | "bool";

const bytes: Readonly<Record<Dtype, number>> = {
  f32: 4,
  f16: 2,
  bf16: 2,
  i32: 4,
  i64: 8,
  i8: 1,
  u8: 1,
  bool: 1,
};

export const bytesPerElement = (dtype: Dtype): number => bytes[dtype];

/** Number of elements of a shape; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);
