import type { TensorShapeProto_Dimension, ValueInfoProto } from "onnx-buf";
import { canonicalDim } from "../dim.ts";
import { dtypeOf } from "../element-type.ts";
import type { Dim, ValueInfo } from "../graph.ts";
import { InexpressibleDim } from "../polynomial.ts";
import { maxRank } from "../shape-inference/infer.ts";
import { corrupt, unsupported } from "./refusal.ts";

/** Declared type of an input or output. Throws `UnsupportedModel` for what is no tensor of a dtype and rank we have. */
export function decodeValueInfo({ name, type }: ValueInfoProto): ValueInfo {
  if (type?.value.case !== "tensorType")
    throw unsupported(`${name} is a ${type?.value.case ?? "value without type"}`);
  const { elemType, shape } = type.value.value;
  const dtype = dtypeOf(elemType);
  if (dtype === null) throw unsupported(`${name} has element type ${elemType}`);
  if (shape === undefined) throw unsupported(`${name} has no shape`);
  if (shape.dim.length > maxRank) throw unsupported(`${name} has rank ${shape.dim.length}`);
  return { name, dtype, shape: shape.dim.map((dim, axis) => decodeDim(dim, `${name}.${axis}`)) };
}

/** A size without number or name gets a symbol of its own, after value and axis. */
function decodeDim({ value: { case: kind, value } }: TensorShapeProto_Dimension, own: string): Dim {
  if (kind === "dimValue") {
    const size = Number(value);
    if (!Number.isSafeInteger(size) || size < 0) throw corrupt(`${own} has size ${value}`);
    return size;
  }
  return symbol(kind === "dimParam" && value !== "" ? value : own);
}

/** Canonical where the text is a sum or product of symbols; other text becomes one symbol, marked by "?". */
function symbol(text: string): Dim {
  if (text.length > 256) throw unsupported(`a symbol of an axis has ${text.length} characters`);
  try {
    const canonical = canonicalDim(text);
    if (canonical !== null && (typeof canonical === "string" || canonical >= 0)) return canonical;
  } catch (error) {
    if (!(error instanceof InexpressibleDim)) throw error;
  }
  return `?${encodeURIComponent(text).replace(/[-*()]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`;
}
