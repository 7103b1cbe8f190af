import { create } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as Kind,
  type TensorProto,
  TensorProtoSchema,
} from "onnx-buf";
import type { Tensor } from "../../tensor/tensor.ts";
import { isList } from "../attribute.ts";
import { elementType } from "../element-type.ts";
import type { Attribute } from "../graph.ts";

/** A bare number is written as INT, a list of them (also an empty one) as INTS. Throws for a number that is no integer. */
export function encodeAttribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === "number")
    return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
  if (typeof value === "string")
    return create(AttributeProtoSchema, { name, type: Kind.STRING, s: utf8(value) });
  if (isList(value)) return encodeList(name, value);
  if ("float" in value) return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value.float });
  if ("floats" in value)
    return create(AttributeProtoSchema, { name, type: Kind.FLOATS, floats: [...value.floats] });
  return create(AttributeProtoSchema, { name, type: Kind.TENSOR, t: encodeTensor(value, "") });
}

export function encodeTensor({ dtype, shape, data }: Tensor, name: string): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: elementType[dtype],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

function encodeList(name: string, list: readonly (number | string)[]): AttributeProto {
  const strings = list.filter((element) => typeof element === "string");
  if (strings.length > 0)
    return create(AttributeProtoSchema, { name, type: Kind.STRINGS, strings: strings.map(utf8) });
  return create(AttributeProtoSchema, {
    name,
    type: Kind.INTS,
    ints: list.map((element) => BigInt(element)),
  });
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
