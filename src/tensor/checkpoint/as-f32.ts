import { EdgeloomError } from "../edgeloom-error.ts";
import { bf16ToF32, f16ToF32 } from "../half.ts";

const elementBytes = { f32: 4, f16: 2, bf16: 2 } as const;

/**
 * A tensor's bytes as f32 values, exactly. Aligned f32 bytes are not copied: the result then shares their buffer.
 * Throws CorruptCheckpoint when the bytes end within an element.
 */
export function toF32(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: "f32" | "f16" | "bf16",
): Float32Array<ArrayBuffer> {
  const size = elementBytes[dtype];
  if (bytes.byteLength % size !== 0)
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `${bytes.byteLength} bytes end within a value of ${dtype}; download the checkpoint anew`,
    );
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const count = aligned.byteLength / size;
  if (dtype === "f32") return new Float32Array(aligned.buffer, aligned.byteOffset, count);
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, count);
  return dtype === "f16" ? f16ToF32(halves) : bf16ToF32(halves);
}
