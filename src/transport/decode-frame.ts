import type { WireFormat } from "../tensor/codec/wire.ts";
import { type Failure, isErrorName } from "../tensor/edgeloom-error.ts";
import { type ByteReader, createByteReader } from "./byte-reader.ts";
import type { Ask, Course, Frame, Lap } from "./frame.ts";
import { FRAME_BYTES, limits } from "./limits.ts";
import { ForeignVersion, MalformedFrame } from "./malformed-frame.ts";
import { KEY_BYTES, MAGIC, PROTOCOL_VERSION } from "./protocol.ts";
import { formatCodes, frameCodes, payloadBytes } from "./wire-fields.ts";

const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The frame that the bytes are; its byte fields are views of them where alignment allows. Throws MalformedFrame for
 * anything else, and ForeignVersion (one of these) for a frame of another protocol version.
 */
export function decodeFrame(bytes: Uint8Array<ArrayBuffer>): Frame {
  if (bytes.length > FRAME_BYTES) throw new MalformedFrame(`${bytes.length} bytes in one frame`);
  const reader = createByteReader(bytes);
  if (reader.u8() !== MAGIC[0] || reader.u8() !== MAGIC[1]) throw new MalformedFrame("not a frame");
  const version = reader.u16();
  if (version !== PROTOCOL_VERSION) throw new ForeignVersion(version);
  const code = reader.u8();
  const read = bodies.get(code);
  if (!read) throw new MalformedFrame(`no frame type has the number ${code}`);
  const frame = read(reader);
  reader.end();
  return frame;
}

type Read = (reader: ByteReader) => Frame;

/** How each frame type is read, by its number. */
const bodies: ReadonlyMap<number, Read> = new Map<number, Read>([
  [
    frameCodes.hello,
    (r) => ({
      type: "hello",
      protocol: r.u32(),
      device: readText(r, limits.idBytes),
      room: readText(r, limits.idBytes),
      nonce: r.bytes(KEY_BYTES),
    }),
  ],
  [frameCodes.proof, (r) => ({ type: "proof", mac: r.bytes(KEY_BYTES) })],
  [frameCodes.ping, (r) => ({ type: "ping", sentAtMs: finite(r) })],
  [
    frameCodes.pong,
    (r) => ({ type: "pong", pingSentAtMs: finite(r), receivedAtMs: finite(r), sentAtMs: finite(r) }),
  ],
  [frameCodes.state, (r) => ({ type: "state", update: r.bytes(count(r, limits.updateBytes)) })],
  [frameCodes.presence, (r) => ({ type: "presence", update: r.bytes(count(r, limits.updateBytes)) })],
  [
    frameCodes.request,
    (r) => ({
      type: "request",
      id: r.u32(),
      operation: readText(r, limits.operationBytes),
      body: readJson(r),
    }),
  ],
  [frameCodes.reply, readReply],
  [frameCodes.ids, (r) => ({ type: "ids", course: readCourse(r), ids: readIds(r, 0) })],
  [frameCodes.hidden, readHidden],
  [frameCodes.token, (r) => ({ type: "token", course: readCourse(r), id: count(r, 2 ** 31 - 1) })],
  [
    frameCodes.score,
    (r) => ({
      type: "score",
      course: readCourse(r),
      negativeLogLikelihood: r.f64(),
      lastLogits: new Float32Array(words(r, count(r, limits.logits))),
    }),
  ],
  [frameCodes.passed, (r) => ({ type: "passed", course: readCourse(r) })],
  [frameCodes.failed, readFailed],
  [frameCodes.release, (r) => ({ type: "release", placement: readHex(r), generation: readHex(r) })],
  [
    frameCodes.bye,
    (r) => ({
      type: "bye",
      reason: readText(r, limits.idBytes),
      message: readText(r, limits.messageBytes),
    }),
  ],
]);

function readReply(r: ByteReader): Frame {
  const id = r.u32();
  const failure = readFailure(r);
  return { type: "reply", id, body: readJson(r), failure };
}

function readFailed(r: ByteReader): Frame {
  const course = readCourse(r);
  const failure = readFailure(r);
  if (!failure) throw new MalformedFrame("a failed frame without its failure");
  return { type: "failed", course, failure };
}

function readHidden(r: ByteReader): Frame {
  const course = readCourse(r);
  const rows = count(r, limits.rows);
  const width = count(r, limits.width);
  const format = readFormat(r.u8());
  r.align(8);
  const payload = aligned(r.bytes(payloadBytes(format, rows, width)));
  return { type: "hidden", course, rows, width, format, payload };
}

function readFormat(code: number): WireFormat {
  for (const format of ["f32", "f16", "q8"] as const) if (formatCodes[format] === code) return format;
  throw new MalformedFrame(`no wire format has the number ${code}`);
}

function readCourse(r: ByteReader): Course {
  const placement = readHex(r);
  const generation = readHex(r);
  const asker = readText(r, limits.idBytes);
  const position = count(r, limits.position);
  const sentAtMs = finite(r);
  const ask = readAsk(r);
  return { placement, generation, asker, position, ask, sentAtMs, laps: readLaps(r) };
}

function readLaps(r: ByteReader): readonly Lap[] {
  const length = r.u16();
  if (length > limits.laps) throw new MalformedFrame(`${length} laps`);
  const laps: Lap[] = [];
  for (let i = 0; i < length; i++) laps.push({ computeMs: finite(r), wireMs: finite(r) });
  return laps;
}

function readAsk(r: ByteReader): Ask {
  const code = r.u8();
  switch (code) {
    case 0:
      return { type: "nothing" };
    case 1:
      return {
        type: "token",
        temperature: finite(r),
        topK: count(r, limits.topK),
        topP: finite(r),
        seed: finite(r),
      };
    case 2:
      return { type: "score", targets: readIds(r, -1) };
    default:
      throw new MalformedFrame(`no question has the number ${code}`);
  }
}

function readIds(r: ByteReader, least: number): Int32Array<ArrayBuffer> {
  const ids = new Int32Array(words(r, count(r, limits.ids)));
  if (ids.some((id) => id < least)) throw new MalformedFrame(`a token id below ${least}`);
  return ids;
}

/** The next `length` 32-bit words, copied: an array of their own at offset 0, once they are known to be there. */
function words(r: ByteReader, length: number): ArrayBuffer {
  r.align(4);
  return r.bytes(4 * length).slice().buffer;
}

function readFailure(r: ByteReader): Failure | null {
  const present = r.u8();
  if (present === 0) return null;
  if (present !== 1) throw new MalformedFrame(`${present} failures`);
  const name = readText(r, limits.idBytes);
  if (!isErrorName(name)) throw new MalformedFrame("a failure of an unknown name");
  return { name, message: readText(r, limits.messageBytes) };
}

function readJson(r: ByteReader): unknown {
  const source = utf8(r.bytes(count(r, limits.jsonBytes)));
  try {
    return JSON.parse(source);
  } catch {
    throw new MalformedFrame("a body that is not JSON");
  }
}

function readText(r: ByteReader, limit: number): string {
  const length = r.u16();
  if (length > limit) throw new MalformedFrame(`${length} bytes of text where ${limit} are allowed`);
  return utf8(r.bytes(length));
}

function utf8(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return text.decode(bytes);
  } catch {
    throw new MalformedFrame("a text that is not UTF-8");
  }
}

const readHex = (r: ByteReader): string =>
  Array.from(r.bytes(8), (byte) => byte.toString(16).padStart(2, "0")).join("");

function count(r: ByteReader, limit: number): number {
  const value = r.u32();
  if (value > limit) throw new MalformedFrame(`${value} where ${limit} is the limit`);
  return value;
}

function finite(r: ByteReader): number {
  const value = r.f64();
  if (!Number.isFinite(value)) throw new MalformedFrame("a number that is not finite");
  return value;
}

/** Payloads are read as 32-bit words further on, so they start at a multiple of 4 in their buffer. */
const aligned = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
