import { CHUNK_BYTES, LOW_WATER_BYTES } from "./limits.ts";
import type { ByteChannel } from "./link.ts";

/** What may wait for the first listener. */
const UNHEARD_BYTES = 64 * CHUNK_BYTES;

interface Inflow {
  take(message: Uint8Array<ArrayBuffer>): void;
  listen(listener: (message: Uint8Array<ArrayBuffer>) => void): void;
}

/**
 * The messages of a data channel, in the page or in a worker. Before it is open, sends wait. What arrives before there
 * is a listener waits for it.
 */
export function rtcChannel(dc: RTCDataChannel): ByteChannel {
  dc.binaryType = "arraybuffer";
  dc.bufferedAmountLowThreshold = LOW_WATER_BYTES;
  const early: Uint8Array<ArrayBuffer>[] = [];
  let earlyBytes = 0;
  let closed = false;
  let onClose: ((reason: string) => void) | null = null;
  let reason: string | null = null;
  let onDrain = (): void => {};

  const end = (why: string): void => {
    if (closed) return;
    closed = true;
    reason = why;
    dc.close();
    onClose?.(why);
  };
  const inflow = createInflow(() => end("more arrived than fits before anyone listened"));
  const put = (message: Uint8Array<ArrayBuffer>): void => {
    try {
      dc.send(message);
    } catch (error) {
      end(`the data channel refused a message: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  dc.addEventListener("open", () => {
    const wasFull = earlyBytes > LOW_WATER_BYTES;
    earlyBytes = 0;
    for (const message of early.splice(0)) put(message);
    if (wasFull && dc.bufferedAmount <= LOW_WATER_BYTES) onDrain();
  });
  dc.addEventListener("message", (event: MessageEvent<unknown>) => {
    // Only bytes are ever sent; a text becomes the empty message, which every reader refuses.
    inflow.take(new Uint8Array(event.data instanceof ArrayBuffer ? event.data : new ArrayBuffer(0)));
  });
  dc.addEventListener("bufferedamountlow", () => onDrain());
  dc.addEventListener("close", () => end("the data channel closed"));
  dc.addEventListener("error", (event) => end(`the data channel failed: ${event.error.message}`));

  return {
    get bufferedBytes() {
      return earlyBytes + dc.bufferedAmount;
    },
    send(message) {
      if (closed) return;
      if (dc.readyState === "connecting") {
        early.push(message);
        earlyBytes += message.length;
      } else put(message);
    },
    onDrain: (listener) => {
      onDrain = listener;
    },
    onMessage: inflow.listen,
    onClose: (listener) => {
      onClose = listener;
      if (reason !== null) listener(reason);
    },
    close() {
      closed = true;
      dc.close();
    },
  };
}

function createInflow(onOverflow: () => void): Inflow {
  const unheard: Uint8Array<ArrayBuffer>[] = [];
  let unheardBytes = 0;
  let hear: ((message: Uint8Array<ArrayBuffer>) => void) | null = null;
  return {
    take(message) {
      if (hear) {
        hear(message);
        return;
      }
      unheard.push(message);
      unheardBytes += message.length;
      if (unheardBytes > UNHEARD_BYTES) onOverflow();
    },
    listen(listener) {
      hear = listener;
      for (const message of unheard.splice(0)) listener(message);
    },
  };
}
