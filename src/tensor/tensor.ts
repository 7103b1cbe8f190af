import { elementCount } from "./dtype.ts";

/** Arrays that back the dtypes we compute with; half floats travel as their 16 bits. */
export interface ArrayOf {
  readonly f32: Float32Array<ArrayBuffer>;
  readonly f16: Uint16Array<ArrayBuffer>;
  readonly i32: Int32Array<ArrayBuffer>;
  readonly i64: BigInt64Array<ArrayBuffer>;
  readonly i8: Int8Array<ArrayBuffer>;
  readonly u8: Uint8Array<ArrayBuffer>;
  readonly bool: Uint8Array<ArrayBuffer>;
}

/** A dense row-major tensor: plain data, so that it crosses worker and wire unchanged. */
export type Tensor = {
  readonly [D in keyof ArrayOf]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: ArrayOf[D];
  };
}[keyof ArrayOf];

export type F32Tensor = Extract<Tensor, { readonly dtype: "f32" }>;
export type I32Tensor = Extract<Tensor, { readonly dtype: "i32" }>;

/** An f32 tensor; the data defaults to zeros. Throws when shape and data disagree. */
export function f32Tensor(shape: readonly number[], data?: Float32Array<ArrayBuffer>): F32Tensor {
  const values = data ?? new Float32Array(elementCount(shape));
  if (values.length !== elementCount(shape))
    throw new RangeError(`${values.length} values for shape [${shape.join(", ")}]`);
  return { dtype: "f32", shape, data: values };
}

/** An i32 tensor of these values. Throws when shape and data disagree. */
export function i32Tensor(shape: readonly number[], values: ArrayLike<number>): I32Tensor {
  if (values.length !== elementCount(shape))
    throw new RangeError(`${values.length} values for shape [${shape.join(", ")}]`);
  return { dtype: "i32", shape, data: Int32Array.from(values) };
}
