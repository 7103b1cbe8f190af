import { CHUNK_BODY_BYTES, chunkAt, lanes } from "./chunks.ts";
import { CHUNK_BYTES, LOW_WATER_BYTES } from "./limits.ts";
import type { ByteChannel, Lane } from "./link.ts";

/** Room kept free below the bound, so that a farewell always fits. */
const FAREWELL_BYTES = 8 * 1024;
/** The smallest bound: above the channel's low water, or nothing would wake the queue again. */
const LEAST_BOUND_BYTES = LOW_WATER_BYTES + CHUNK_BYTES + FAREWELL_BYTES;

interface Waiting {
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  offset: number;
}

/** Frames on their way into a channel: urgent lanes first, a chunk at a time, within the bound of bytes in flight [L2]. */
export interface SendQueue {
  /** Resolves once the whole frame is in the channel. */
  push(frame: Uint8Array<ArrayBuffer>, lane: Lane): Promise<void>;
  /** Rejects everything that waits. */
  fail(error: Error): void;
  /** A lane on which no frame is half sent, the most urgent first; null when there is none. */
  freeLane(): Lane | null;
  /** Nothing waits. */
  idle(): boolean;
  bytesSent(): number;
}

/** `onSent` is called after every chunk. Throws RangeError for a bound below 328 KiB. */
export function createSendQueue(channel: ByteChannel, boundBytes: number, onSent: () => void): SendQueue {
  if (boundBytes < LEAST_BOUND_BYTES)
    throw new RangeError(`a bound of ${boundBytes} bytes; at least ${LEAST_BOUND_BYTES} are needed`);
  // Bulk stays near the low water, so that a token never waits behind a megabyte of it.
  const urgentMark = boundBytes - CHUNK_BYTES - FAREWELL_BYTES;
  const mark = (lane: Lane): number => (lane === "bulk" ? LOW_WATER_BYTES : urgentMark);
  const queues = new Map<Lane, Waiting[]>(lanes.map((lane) => [lane, []]));
  const headOf = (lane: Lane): Waiting | undefined => queues.get(lane)?.[0];
  let sentBytes = 0;

  const sendChunk = (lane: Lane, waiting: Waiting): void => {
    const chunk = chunkAt(waiting.frame, waiting.offset, lane);
    waiting.offset += CHUNK_BODY_BYTES;
    sentBytes += chunk.length;
    const done = waiting.offset >= waiting.frame.length;
    if (done) queues.get(lane)?.shift();
    channel.send(chunk);
    onSent();
    if (done) waiting.resolve();
  };
  const pump = (): void => {
    for (const lane of lanes) {
      for (let head = headOf(lane); head; head = headOf(lane)) {
        if (channel.bufferedBytes > mark(lane)) return;
        sendChunk(lane, head);
      }
    }
  };
  channel.onDrain(pump);

  return {
    push: (frame, lane) =>
      new Promise((resolve, reject) => {
        queues.get(lane)?.push({ frame, resolve, reject, offset: 0 });
        pump();
      }),
    fail: (error) => {
      for (const lane of lanes)
        for (const waiting of queues.get(lane)?.splice(0) ?? []) waiting.reject(error);
    },
    freeLane: () => lanes.find((lane) => (headOf(lane)?.offset ?? 0) === 0) ?? null,
    idle: () => lanes.every((lane) => !headOf(lane)),
    bytesSent: () => sentBytes,
  };
}
