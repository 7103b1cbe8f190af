import { elementCount } from "../dtype.ts";
import { bitsPerElement, type ReadableDtype } from "./stored-dtype.ts";

export interface TensorBytes {
  readonly name: string;
  readonly dtype: ReadableDtype;
  readonly shape: readonly number[];
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array;
}

/** What readers that ask where a file comes from expect of weights in this layout. */
const defaultMetadata: Readonly<Record<string, string>> = { format: "pt" };

/**
 * A safetensors file of these tensors. The header is padded to 8 bytes and wider elements come first (equal ones in the
 * given order), so every tensor is aligned. Throws a RangeError when a name repeats or bytes and shape disagree.
 */
export function encodeSafetensors(
  tensors: readonly TensorBytes[],
  metadata: Readonly<Record<string, string>> = defaultMetadata,
): Uint8Array<ArrayBuffer> {
  const ordered = tensors.toSorted((a, b) => bitsPerElement(b.dtype) - bitsPerElement(a.dtype));
  const header = encodeHeader(ordered, metadata);
  const dataBytes = ordered.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  const file = new Uint8Array(8 + header.byteLength + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.byteLength), true);
  file.set(header, 8);
  let offset = 8 + header.byteLength;
  for (const { bytes } of ordered) {
    file.set(bytes, offset);
    offset += bytes.byteLength;
  }
  return file;
}

function encodeHeader(
  tensors: readonly TensorBytes[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header = new Map<string, unknown>([["__metadata__", metadata]]);
  let offset = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    if (header.has(name))
      throw new RangeError(`the name ${JSON.stringify(name)} is taken; each tensor needs its own`);
    if ((elementCount(shape) * bitsPerElement(dtype)) / 8 !== bytes.byteLength)
      throw new RangeError(`${name}: ${bytes.byteLength} bytes for shape [${shape.join(", ")}] as ${dtype}`);
    header.set(name, {
      dtype: dtype.toUpperCase(),
      shape,
      data_offsets: [offset, offset + bytes.byteLength],
    });
    offset += bytes.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = new Uint8Array(8 * Math.ceil(json.byteLength / 8)).fill(0x20);
  padded.set(json);
  return padded;
}
