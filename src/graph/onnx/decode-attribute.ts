import { type AttributeProto, AttributeProto_AttributeType as Kind } from "onnx-buf";
import type { Attribute } from "../graph.ts";
import { decodeTensor } from "./decode-tensor.ts";
import { corrupt, unsupported } from "./refusal.ts";

/** Throws `UnsupportedModel` for subgraphs and the other kinds that the graph has no form for. */
export function decodeAttribute(proto: AttributeProto): Attribute {
  if (proto.refAttrName !== "") throw unsupported(`attribute ${proto.name} refers to a function's`);
  switch (proto.type) {
    case Kind.INT:
      return integer(proto, proto.i);
    case Kind.FLOAT:
      return { float: proto.f };
    case Kind.STRING:
      return text(proto, proto.s);
    case Kind.TENSOR:
      if (proto.t === undefined) throw corrupt(`attribute ${proto.name} has no tensor`);
      return decodeTensor(proto.t);
    case Kind.INTS:
      return proto.ints.map((value) => integer(proto, value));
    case Kind.FLOATS:
      return { floats: proto.floats };
    case Kind.STRINGS:
      if (proto.strings.length === 0)
        throw unsupported(`attribute ${proto.name} is an empty list of strings`);
      return proto.strings.map((value) => text(proto, value));
    default:
      throw unsupported(`attribute ${proto.name} is of kind ${Kind[proto.type] ?? proto.type}`);
  }
}

function integer(proto: AttributeProto, value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw unsupported(`attribute ${proto.name} is ${value}, beyond 2^53`);
  return number;
}

function text(proto: AttributeProto, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unsupported(`attribute ${proto.name} is a string that is not UTF-8`);
  }
}
