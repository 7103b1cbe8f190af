import { type TensorProto, TensorProto_DataLocation } from "onnx-buf";
import { bytesPerElement, type Dtype } from "../../tensor/dtype.ts";
import type { ArrayOf, Tensor } from "../../tensor/tensor.ts";
import { dtypeOf } from "../element-type.ts";
import { maxRank } from "../shape-inference/infer.ts";
import { isRelativePath } from "../weight-location.ts";
import { corrupt, unsupported } from "./refusal.ts";

/** Where the bytes of a weight lie that the file only refers to. */
export interface ExternalData {
  /** Path relative to the ONNX file. */
  readonly location: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Dtype and shape, whose byte length is exact. Throws `UnsupportedModel` or `CorruptCheckpoint`. */
export function decodeTensorType(proto: TensorProto): {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
} {
  const dtype = dtypeOf(proto.dataType);
  if (dtype === null) throw unsupported(`tensor ${proto.name} has element type ${proto.dataType}`);
  if (proto.dims.length > maxRank) throw unsupported(`tensor ${proto.name} has rank ${proto.dims.length}`);
  const bytes = proto.dims.reduce((product, size) => product * size, BigInt(bytesPerElement(dtype)));
  if (proto.dims.some((size) => size < 0n || size > 2n ** 48n) || bytes > 2n ** 48n)
    throw corrupt(`tensor ${proto.name} has shape [${proto.dims.join(", ")}]`);
  return { dtype, shape: proto.dims.map(Number) };
}

/** A tensor whose elements are inside the file. */
export function decodeTensor(proto: TensorProto): Tensor {
  const { dtype, shape } = decodeTensorType(proto);
  if (dtype === "bf16") throw unsupported(`tensor ${proto.name} is bf16 inside the file`);
  if (proto.segment !== undefined) throw unsupported(`tensor ${proto.name} is a segment`);
  if (proto.dataLocation !== TensorProto_DataLocation.DEFAULT)
    throw unsupported(`tensor ${proto.name} is outside the file where only a constant may stand`);
  const count = shape.reduce((product, size) => product * size, 1);
  const lists = [proto.floatData, proto.int32Data, proto.int64Data, proto.doubleData, proto.uint64Data];
  const listed = lists.reduce((sum, list) => sum + list.length, 0);
  const expected = listed > 0 ? listed : proto.rawData.length / bytesPerElement(dtype);
  if (expected !== count || (listed > 0 && proto.rawData.length > 0))
    throw corrupt(`tensor ${proto.name} of shape [${shape.join(", ")}] holds ${expected} elements`);
  return listed > 0 ? fromList(proto, dtype, shape) : fromRaw(proto.rawData, dtype, shape);
}

/** Where an external initializer lies. Refuses paths that leave the folder, and lengths other than the shape's. */
export function decodeExternal(proto: TensorProto): ExternalData {
  const { dtype, shape } = decodeTensorType(proto);
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = (entries.get("location") ?? "").replace(/^(\.\/)+/, "");
  if (!isRelativePath(location))
    throw corrupt(`weight ${proto.name} lies at "${location}", no path beside the file`);
  const lengthBytes = shape.reduce((product, size) => product * size, bytesPerElement(dtype));
  const stated = byteCount(proto, entries.get("length") ?? String(lengthBytes));
  if (stated !== lengthBytes)
    throw corrupt(`weight ${proto.name} of shape [${shape.join(", ")}] is said to take ${stated} bytes`);
  return { location, offsetBytes: byteCount(proto, entries.get("offset") ?? "0"), lengthBytes };
}

function byteCount(proto: TensorProto, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw corrupt(`weight ${proto.name} has an external position "${text}"`);
  return Number(text);
}

function fromRaw(raw: Uint8Array, dtype: keyof ArrayOf, shape: readonly number[]): Tensor {
  const buffer = raw.slice().buffer;
  switch (dtype) {
    case "f32":
      return { dtype, shape, data: new Float32Array(buffer) };
    case "f16":
      return { dtype, shape, data: new Uint16Array(buffer) };
    case "i32":
      return { dtype, shape, data: new Int32Array(buffer) };
    case "i64":
      return { dtype, shape, data: new BigInt64Array(buffer) };
    case "i8":
      return { dtype, shape, data: new Int8Array(buffer) };
    case "u8":
    case "bool":
      return { dtype, shape, data: new Uint8Array(buffer) };
    default:
      return dtype satisfies never;
  }
}

/** Elements in the typed list that ONNX prescribes for the dtype; the caller has counted those of all lists. */
function fromList(proto: TensorProto, dtype: keyof ArrayOf, shape: readonly number[]): Tensor {
  const { floatData, int64Data, int32Data } = proto;
  const others = dtype === "f32" || dtype === "i64" ? int32Data : [...floatData, ...int64Data];
  if (others.length > 0)
    throw corrupt(`tensor ${proto.name} keeps its ${dtype} elements in a list of another type`);
  switch (dtype) {
    case "f32":
      return { dtype, shape, data: Float32Array.from(proto.floatData) };
    case "i64":
      return { dtype, shape, data: BigInt64Array.from(proto.int64Data) };
    case "f16":
      return { dtype, shape, data: Uint16Array.from(proto.int32Data) };
    case "i32":
      return { dtype, shape, data: Int32Array.from(proto.int32Data) };
    case "i8":
      return { dtype, shape, data: Int8Array.from(proto.int32Data) };
    case "u8":
    case "bool":
      return { dtype, shape, data: Uint8Array.from(proto.int32Data) };
    default:
      return dtype satisfies never;
  }
}
