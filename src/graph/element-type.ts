import type { Dtype } from "../tensor/dtype.ts";

/** ONNX's number of an element type (TensorProto.DataType), as Cast's attribute `to` wants it. */
export const elementType: Readonly<Record<Dtype, number>> = {
  f32: 1,
  u8: 2,
  i8: 3,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  bf16: 16,
};

const dtypes: ReadonlyMap<number, Dtype> = new Map<number, Dtype>([
  [1, "f32"],
  [2, "u8"],
  [3, "i8"],
  [6, "i32"],
  [7, "i64"],
  [9, "bool"],
  [10, "f16"],
  [16, "bf16"],
]);

/** The dtype of an ONNX element type; null for those that Edgeloom does not have. */
export const dtypeOf = (type: number): Dtype | null => dtypes.get(type) ?? null;
