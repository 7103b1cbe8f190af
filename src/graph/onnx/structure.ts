import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { ModelProtoSchema } from "onnx-buf";
import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import { corrupt, unsupported } from "./refusal.ts";

// A submessage or string takes 2 bytes in the file and hundreds in memory, an integer of a list 1 byte and 24: both
// are counted before anything is decoded.
const maxParts = 1_000_000;
const maxListedIntegers = 2 ** 24;
const maxDepth = 32;

interface Walk {
  readonly count: { parts: number; integers: number };
  readonly depth: number;
}

/** Walks the file without building anything. Refuses broken framing, deep nesting and what would explode in memory. */
export function checkStructure(bytes: Uint8Array<ArrayBuffer>): void {
  try {
    walkMessage(bytes, ModelProtoSchema, { count: { parts: 0, integers: 0 }, depth: 0 });
  } catch (error) {
    if (error instanceof EdgeloomError || !(error instanceof Error)) throw error;
    throw corrupt(`its protobuf framing is broken (${error.message})`);
  }
}

function walkMessage(bytes: Uint8Array, message: DescMessage, { count, depth }: Walk): void {
  if (depth > maxDepth) throw unsupported(`its parts nest more than ${maxDepth} deep`);
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = message.fields.find((candidate) => candidate.number === number);
    if (wireType === WireType.LengthDelimited) walkPart(reader.bytes(), field, { count, depth: depth + 1 });
    else reader.skip(wireType, number);
    if (wireType === WireType.Varint && field?.fieldKind === "list") count.integers++;
    if (count.parts > maxParts) throw unsupported(`it has more than ${maxParts} parts`);
    if (count.integers > maxListedIntegers)
      throw unsupported(`its integer lists exceed ${maxListedIntegers} bytes; store tensors as raw data`);
  }
}

function walkPart(bytes: Uint8Array, field: DescField | undefined, walk: Walk): void {
  if (field === undefined) return;
  walk.count.parts++;
  if (field.message !== undefined) walkMessage(bytes, field.message, walk);
  else if (field.fieldKind === "list" && isVarint(field.scalar)) walk.count.integers += bytes.length;
}

const isVarint = (type: ScalarType | undefined): boolean =>
  type === ScalarType.INT32 || type === ScalarType.INT64 || type === ScalarType.UINT64;
