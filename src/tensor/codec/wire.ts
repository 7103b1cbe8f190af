import { EdgeloomError } from "../edgeloom-error.ts";
import { f16ToF32, f32ToF16 } from "../half.ts";

/** How rows of hidden states are written: exactly, in half precision, or as one scale and 8-bit integers per row. */
export type WireFormat = "f32" | "f16" | "q8";

export interface RowsLayout {
  readonly rows: number;
  /** Values per row. */
  readonly width: number;
  readonly format: WireFormat;
}

/** Largest finite f32 and f16, and the size below which a q8 row counts as zeros. */
const f32Max = (2 - 2 ** -23) * 2 ** 127;
const f16Max = 65504;
const q8Floor = 2 ** -100;

/** Bytes of a payload: f32 = 4·rows·width, f16 = 2·rows·width, q8 = rows·(4 + width). Refuses sizes that are no counts. */
export function payloadBytes(rows: number, width: number, format: WireFormat): number {
  if (!Number.isSafeInteger(rows) || rows < 0 || !Number.isSafeInteger(width) || width < 1)
    throw malformed(`${rows} rows of ${width} values are no array`);
  const bytes = rows * bytesPerRow(width, format);
  if (!Number.isSafeInteger(bytes)) throw malformed(`${rows} rows of ${width} values exceed any memory`);
  return bytes;
}

/**
 * Rows for the wire, little-endian. f32 := values; f16 := values, ties to even; q8 := rows × scale (f32) • rows × width
 * × integer (i8), value = scale · integer. Throws InvalidRequest for values that the format can't hold.
 */
export function encodeRows(rows: Float32Array, width: number, format: WireFormat): Uint8Array<ArrayBuffer> {
  payloadBytes(rows.length / width, width, format);
  switch (format) {
    case "f32":
      return new Uint8Array(rows.slice().buffer);
    case "f16":
      return encodeF16(rows);
    case "q8":
      return encodeQ8(rows, width);
    default:
      return format satisfies never;
  }
}

/** The rows of a payload, at any alignment: rows × width values. Throws ProtocolMismatch when the bytes are not those of this layout. */
export function decodeRows(payload: Uint8Array, layout: RowsLayout): Float32Array<ArrayBuffer> {
  const { rows, width, format } = layout;
  const bytes = payloadBytes(rows, width, format);
  if (payload.byteLength !== bytes)
    throw malformed(
      `${rows} rows of ${width} values as ${format} take ${bytes} bytes, not ${payload.byteLength}`,
    );
  const own = new Uint8Array(payload).buffer;
  switch (format) {
    case "f32":
      return new Float32Array(own);
    case "f16":
      return f16ToF32(new Uint16Array(own));
    case "q8":
      return decodeQ8(own, rows, width);
    default:
      return format satisfies never;
  }
}

function bytesPerRow(width: number, format: WireFormat): number {
  switch (format) {
    case "f32":
      return 4 * width;
    case "f16":
      return 2 * width;
    case "q8":
      return 4 + width;
    default:
      throw malformed(`no wire format "${String(format satisfies never)}"`);
  }
}

function encodeF16(rows: Float32Array): Uint8Array<ArrayBuffer> {
  const bits = f32ToF16(rows);
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i]! & 0x7fff) === 0x7c00 && Number.isFinite(rows[i]))
      throw unsendable(`hidden value ${rows[i]} lies beyond ±${f16Max}, the largest of f16`);
  }
  return new Uint8Array(bits.buffer);
}

function encodeQ8(values: Float32Array, width: number): Uint8Array<ArrayBuffer> {
  const rows = values.length / width;
  const payload = new ArrayBuffer(rows * (4 + width));
  const scales = new Float32Array(payload, 0, rows);
  const integers = new Int8Array(payload, 4 * rows);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    const scale = rowScale(values.subarray(start, start + width));
    scales[row] = scale;
    if (scale === 0) continue;
    for (let i = start; i < start + width; i++)
      integers[i] = Math.max(-127, Math.min(127, Math.round(values[i]! / scale)));
  }
  return new Uint8Array(payload);
}

/** Largest magnitude / 127 in f32; 0 for a row of (nearly) zeros, whose scale f32 could only write roughly. */
function rowScale(row: Float32Array): number {
  let largest = 0;
  for (const value of row) {
    if (!Number.isFinite(value)) throw unsendable(`a hidden value is ${value}, which q8 can't write`);
    largest = Math.max(largest, Math.abs(value));
  }
  return largest < q8Floor ? 0 : Math.fround(largest / 127);
}

function decodeQ8(payload: ArrayBuffer, rows: number, width: number): Float32Array<ArrayBuffer> {
  const scales = new Float32Array(payload, 0, rows);
  const integers = new Int8Array(payload, 4 * rows);
  const values = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const scale = scales[row]!;
    if (!(scale >= 0 && scale <= f32Max)) throw malformed(`row ${row} has the scale ${scale}`);
    for (let i = row * width; i < (row + 1) * width; i++)
      values[i] = Math.max(-f32Max, Math.min(f32Max, scale * integers[i]!));
  }
  return values;
}

const malformed = (fact: string): EdgeloomError =>
  new EdgeloomError(
    "ProtocolMismatch",
    `payload of hidden states: ${fact}; reload both tabs so that they run one version`,
  );

const unsendable = (fact: string): EdgeloomError =>
  new EdgeloomError("InvalidRequest", `${fact}; load the model with wire "f32"`);
