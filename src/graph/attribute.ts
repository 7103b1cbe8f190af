import { elementCount } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Attribute } from "./graph.ts";

export type AttributeKind = "int" | "float" | "string" | "ints" | "floats" | "strings" | "tensor";

/** Which ONNX kind an attribute is written as; the empty list is one of integers. Null when it is none of them. */
export function attributeKind(value: Attribute): AttributeKind | null {
  if (typeof value === "string") return "string";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "int" : null;
  if (isList(value)) return listKind(value);
  if ("float" in value) return typeof value.float === "number" ? "float" : null;
  if ("floats" in value) return value.floats.every((number) => typeof number === "number") ? "floats" : null;
  return isDense(value) ? "tensor" : null;
}

export const isList = (value: Attribute): value is readonly number[] | readonly string[] =>
  Array.isArray(value);

function listKind(list: readonly (number | string)[]): AttributeKind | null {
  if (list.every((element) => Number.isSafeInteger(element))) return "ints";
  return list.every((element) => typeof element === "string") ? "strings" : null;
}

const isDense = ({ shape, data }: Tensor): boolean => data.length === elementCount(shape);

/** Kinds of attributes that mean the same in every operator; a 1 where 1.0 belongs is refused at session start only. */
export const usualKinds: Readonly<Record<string, AttributeKind>> = {
  alpha: "float",
  allowzero: "int",
  approximate: "string",
  auto_pad: "string",
  axes: "ints",
  axis: "int",
  batch_dims: "int",
  beta: "float",
  bits: "int",
  block_size: "int",
  ceil_mode: "int",
  dilations: "ints",
  do_rotary: "int",
  epsilon: "float",
  equation: "string",
  exclusive: "int",
  group: "int",
  interleaved: "int",
  keepdims: "int",
  kernel_shape: "ints",
  kv_num_heads: "int",
  num_heads: "int",
  num_outputs: "int",
  pads: "ints",
  perm: "ints",
  reduction: "string",
  scale: "float",
  softcap: "float",
  strides: "ints",
  to: "int",
  transA: "int",
  transB: "int",
};
