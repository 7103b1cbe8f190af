import { EdgeloomError, type Failure } from "../tensor/edgeloom-error.ts";
import { type ByteWriter, createByteWriter } from "./byte-writer.ts";
import type { Ask, Course, Frame } from "./frame.ts";
import { FRAME_BYTES, limits } from "./limits.ts";
import { KEY_BYTES, MAGIC, PROTOCOL_VERSION } from "./protocol.ts";
import { formatCodes, frameCodes, payloadBytes } from "./wire-fields.ts";

const FIXED_BYTES = 1024;
const text = new TextEncoder();

/**
 * A frame as bytes (see PROTOCOL.md). Throws InvalidRequest when a field lies beyond its limit: the other side would
 * refuse the frame and close the link.
 */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const out = createByteWriter(FIXED_BYTES + bulkBytes(frame));
  out.u8(MAGIC[0]);
  out.u8(MAGIC[1]);
  out.u16(PROTOCOL_VERSION);
  out.u8(frameCodes[frame.type]);
  writeBody(out, frame);
  const bytes = out.finish();
  within("frame bytes", bytes.length, FRAME_BYTES);
  return bytes;
}

function writeBody(out: ByteWriter, frame: Frame): void {
  switch (frame.type) {
    case "hello":
      writeHello(out, frame);
      break;
    case "proof":
      writeExactly(out, frame.mac, KEY_BYTES);
      break;
    case "ping":
      out.f64(finite("sentAtMs", frame.sentAtMs));
      break;
    case "pong":
      for (const ms of [frame.pingSentAtMs, frame.receivedAtMs, frame.sentAtMs]) out.f64(finite("pong", ms));
      break;
    case "state":
    case "presence":
      writeBlob(out, frame.update, limits.updateBytes);
      break;
    case "request":
      out.u32(index("id", frame.id, 2 ** 32 - 1));
      writeText(out, frame.operation, limits.operationBytes);
      writeJson(out, frame.body);
      break;
    case "reply":
      out.u32(index("id", frame.id, 2 ** 32 - 1));
      writeFailure(out, frame.failure);
      writeJson(out, frame.body);
      break;
    case "bye":
      writeText(out, frame.reason, limits.idBytes);
      writeText(out, cut(frame.message), limits.messageBytes);
      break;
    case "release":
      writeHex(out, frame.placement);
      writeHex(out, frame.generation);
      break;
    default:
      writeCourse(out, frame.course);
      writeCargo(out, frame);
  }
}

function writeCargo(out: ByteWriter, frame: Extract<Frame, { readonly course: Course }>): void {
  switch (frame.type) {
    case "ids":
      writeIds(out, frame.ids, 0);
      break;
    case "hidden":
      writeHidden(out, frame);
      break;
    case "token":
      out.u32(index("token id", frame.id, 2 ** 31 - 1));
      break;
    case "score":
      out.f64(frame.negativeLogLikelihood);
      out.u32(within("logits", frame.lastLogits.length, limits.logits));
      out.align(4);
      out.bytes(bytesOf(frame.lastLogits));
      break;
    case "passed":
      break;
    case "failed":
      writeFailure(out, frame.failure);
      break;
    default:
      frame satisfies never;
  }
}

function writeHello(out: ByteWriter, frame: Extract<Frame, { readonly type: "hello" }>): void {
  out.u32(index("protocol", frame.protocol, 2 ** 32 - 1));
  writeText(out, frame.device, limits.idBytes);
  writeText(out, frame.room, limits.idBytes);
  writeExactly(out, frame.nonce, KEY_BYTES);
}

function writeHidden(out: ByteWriter, frame: Extract<Frame, { readonly type: "hidden" }>): void {
  const { rows, width, format, payload } = frame;
  out.u32(index("rows", rows, limits.rows));
  out.u32(index("width", width, limits.width));
  out.u8(formatCodes[format]);
  const expected = payloadBytes(format, rows, width);
  if (payload.length !== expected)
    throw refusal(
      `hidden states of ${rows} × ${width} in ${format} are ${expected} bytes, not ${payload.length}`,
    );
  out.align(8);
  out.bytes(payload);
}

function writeCourse(out: ByteWriter, course: Course): void {
  writeHex(out, course.placement);
  writeHex(out, course.generation);
  writeText(out, course.asker, limits.idBytes);
  out.u32(index("position", course.position, limits.position));
  out.f64(finite("sentAtMs", course.sentAtMs));
  writeAsk(out, course.ask);
  out.u16(within("laps", course.laps.length, limits.laps));
  for (const lap of course.laps) {
    out.f64(finite("computeMs", lap.computeMs));
    out.f64(finite("wireMs", lap.wireMs));
  }
}

function writeAsk(out: ByteWriter, ask: Ask): void {
  switch (ask.type) {
    case "nothing":
      out.u8(0);
      break;
    case "token":
      out.u8(1);
      out.f64(finite("temperature", ask.temperature));
      out.u32(index("topK", ask.topK, limits.topK));
      out.f64(finite("topP", ask.topP));
      out.f64(finite("seed", ask.seed));
      break;
    case "score":
      out.u8(2);
      writeIds(out, ask.targets, -1);
      break;
    default:
      ask satisfies never;
  }
}

function writeIds(out: ByteWriter, ids: Int32Array<ArrayBuffer>, least: number): void {
  out.u32(within("token ids", ids.length, limits.ids));
  if (ids.some((id) => id < least)) throw refusal(`a token id is below ${least}`);
  out.align(4);
  out.bytes(bytesOf(ids));
}

function writeFailure(out: ByteWriter, failure: Failure | null): void {
  out.u8(failure ? 1 : 0);
  if (!failure) return;
  writeText(out, failure.name, limits.idBytes);
  writeText(out, cut(failure.message), limits.messageBytes);
}

/** JSON has no `undefined`: it travels as null. */
function writeJson(out: ByteWriter, body: unknown): void {
  writeBlob(out, text.encode(JSON.stringify(body ?? null)), limits.jsonBytes);
}

function writeText(out: ByteWriter, value: string, limit: number): void {
  const bytes = text.encode(value);
  out.u16(within("bytes of text", bytes.length, limit));
  out.bytes(bytes);
}

function writeBlob(out: ByteWriter, bytes: Uint8Array, limit: number): void {
  out.u32(within("bytes", bytes.length, limit));
  out.bytes(bytes);
}

function writeExactly(out: ByteWriter, bytes: Uint8Array, count: number): void {
  if (bytes.length !== count) throw refusal(`${bytes.length} bytes where ${count} belong`);
  out.bytes(bytes);
}

/** 16 hex digits as their 8 bytes. */
function writeHex(out: ByteWriter, id: string): void {
  if (!/^[0-9a-f]{16}$/.test(id)) throw refusal(`"${id}" is not 16 lower-case hex digits`);
  for (let at = 0; at < 16; at += 2) out.u8(Number.parseInt(id.slice(at, at + 2), 16));
}

/** The longest beginning of whole characters that the limit allows. */
function cut(message: string): string {
  if (message.length * 3 <= limits.messageBytes) return message;
  const room = new Uint8Array(limits.messageBytes);
  return message.slice(0, text.encodeInto(message, room).read);
}

const bytesOf = (values: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function bulkBytes(frame: Frame): number {
  if (frame.type === "hidden") return frame.payload.length;
  return frame.type === "state" || frame.type === "presence" ? frame.update.length : 0;
}

const refusal = (message: string): EdgeloomError =>
  new EdgeloomError("InvalidRequest", `a frame can't be sent: ${message}`);

function within(what: string, value: number, limit: number): number {
  if (value > limit) throw refusal(`${value} ${what}, the limit is ${limit}`);
  return value;
}

function index(what: string, value: number, limit: number): number {
  if (!Number.isInteger(value) || value < 0) throw refusal(`${what} is ${value}`);
  return within(what, value, limit);
}

function finite(what: string, value: number): number {
  if (!Number.isFinite(value)) throw refusal(`${what} is ${value}`);
  return value;
}
