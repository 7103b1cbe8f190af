import { CHUNK_BYTES, FRAME_BYTES } from "./limits.ts";
import type { Lane } from "./link.ts";
import { MalformedFrame } from "./malformed-frame.ts";

/** Lanes by the number in a chunk's header, the most urgent first. */
export const lanes: readonly Lane[] = ["control", "token", "bulk"];

/** Lane and flags, three zeros, then the frame's length on its first chunk and the offset in the frame on the others. */
const CHUNK_HEADER_BYTES = 8;
/** Bytes of a frame in each of its chunks but the last. */
export const CHUNK_BODY_BYTES = CHUNK_BYTES - CHUNK_HEADER_BYTES;

const FIRST = 4;
const LAST = 8;

/** The chunk of `frame` that starts at `offset`, a multiple of CHUNK_BODY_BYTES. */
export function chunkAt(frame: Uint8Array, offset: number, lane: Lane): Uint8Array<ArrayBuffer> {
  const body = frame.subarray(offset, offset + CHUNK_BODY_BYTES);
  const chunk = new Uint8Array(CHUNK_HEADER_BYTES + body.length);
  const first = offset === 0 ? FIRST : 0;
  const last = offset + body.length === frame.length ? LAST : 0;
  chunk[0] = lanes.indexOf(lane) | first | last;
  new DataView(chunk.buffer).setUint32(4, first ? frame.length : offset, true);
  chunk.set(body, CHUNK_HEADER_BYTES);
  return chunk;
}

/** Puts chunks together again. */
export interface Reassembly {
  /** The frame that this chunk ends, or null. Throws MalformedFrame for a chunk that fits nowhere, or a frame above `limitBytes`. */
  accept(chunk: Uint8Array<ArrayBuffer>, limitBytes?: number): Uint8Array<ArrayBuffer> | null;
}

interface Unfinished {
  readonly totalBytes: number;
  readonly parts: Uint8Array<ArrayBuffer>[];
  receivedBytes: number;
}

/** Keeps at most one unfinished frame per lane, and of it only the bytes that came. */
export function createReassembly(): Reassembly {
  const unfinished: (Unfinished | null)[] = lanes.map(() => null);
  return {
    accept(chunk, limitBytes = FRAME_BYTES) {
      const head = readHead(chunk);
      const started = unfinished[head.lane] ?? null;
      const frame = head.first ? begin(head, started, limitBytes) : resume(head, started);
      const body = chunk.subarray(CHUNK_HEADER_BYTES);
      frame.parts.push(body);
      frame.receivedBytes += body.length;
      checkExtent(frame, body.length, head.last);
      unfinished[head.lane] = head.last ? null : frame;
      return head.last ? joined(frame) : null;
    },
  };
}

interface Head {
  readonly lane: number;
  readonly first: boolean;
  readonly last: boolean;
  /** Length of the frame on its first chunk, offset in it on the others. */
  readonly size: number;
}

function readHead(chunk: Uint8Array<ArrayBuffer>): Head {
  if (chunk.length <= CHUNK_HEADER_BYTES || chunk.length > CHUNK_BYTES)
    throw new MalformedFrame(`a chunk of ${chunk.length} bytes`);
  const view = new DataView(chunk.buffer, chunk.byteOffset, CHUNK_HEADER_BYTES);
  const word = view.getUint32(0, true);
  const lane = word & 3;
  if (word > 15 || lane >= lanes.length) throw new MalformedFrame("a chunk of an unknown kind");
  return { lane, first: (word & FIRST) !== 0, last: (word & LAST) !== 0, size: view.getUint32(4, true) };
}

function begin(head: Head, started: Unfinished | null, limitBytes: number): Unfinished {
  if (started) throw new MalformedFrame("a frame begins before the last one of its lane ended");
  if (head.size > limitBytes)
    throw new MalformedFrame(`a frame of ${head.size} bytes where ${limitBytes} are allowed`);
  return { totalBytes: head.size, parts: [], receivedBytes: 0 };
}

function resume(head: Head, started: Unfinished | null): Unfinished {
  if (!started) throw new MalformedFrame("a frame goes on that never began");
  if (head.size !== started.receivedBytes) throw new MalformedFrame("a chunk out of its place");
  return started;
}

function checkExtent(frame: Unfinished, bodyBytes: number, last: boolean): void {
  if (!last && bodyBytes !== CHUNK_BODY_BYTES) throw new MalformedFrame("a chunk that is not full");
  if (last !== frame.receivedBytes >= frame.totalBytes || frame.receivedBytes > frame.totalBytes)
    throw new MalformedFrame(`${frame.receivedBytes} bytes of a frame of ${frame.totalBytes}`);
}

function joined(frame: Unfinished): Uint8Array<ArrayBuffer> {
  const [only] = frame.parts;
  if (only && frame.parts.length === 1) return only;
  const whole = new Uint8Array(frame.totalBytes);
  let at = 0;
  for (const part of frame.parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
