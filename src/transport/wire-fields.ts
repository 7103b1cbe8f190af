import type { WireFormat } from "../tensor/codec/wire.ts";
import type { Frame } from "./frame.ts";

/** The number that stands for each frame type on the wire; a number is never given twice. */
export const frameCodes: Readonly<Record<Frame["type"], number>> = {
  hello: 1,
  proof: 2,
  ping: 3,
  pong: 4,
  bye: 5,
  state: 16,
  presence: 17,
  request: 18,
  reply: 19,
  ids: 32,
  hidden: 33,
  token: 34,
  score: 35,
  passed: 36,
  failed: 37,
  release: 38,
};

export const formatCodes: Readonly<Record<WireFormat, number>> = { f32: 0, f16: 1, q8: 2 };

/** Bytes of `rows` × `width` values on the wire; a q8 row is one f32 scale and `width` signed bytes. */
export function payloadBytes(format: WireFormat, rows: number, width: number): number {
  switch (format) {
    case "f32":
      return 4 * rows * width;
    case "f16":
      return 2 * rows * width;
    case "q8":
      return rows * (4 + width);
    default:
      return format satisfies never;
  }
}
