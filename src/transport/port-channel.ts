import { LOW_WATER_BYTES } from "./limits.ts";
import type { ByteChannel } from "./link.ts";
import { rtcChannel } from "./rtc-channel.ts";

/** What page and worker say to each other about one relayed channel. */
type PortMessage =
  | { readonly type: "bytes"; readonly buffer: ArrayBuffer }
  /** Page to worker: so many of the worker's bytes have left the page, since the beginning. */
  | { readonly type: "left"; readonly bytes: number }
  | { readonly type: "close"; readonly reason: string };

/** How often the page looks again while bytes of the worker wait in the data channel, in milliseconds. */
const LOOK_MS = 20;

/** Page side, where a data channel can't be transferred: carries its messages to a `portChannel` at the port's other end. */
export function relayToPort(dc: RTCDataChannel, port: MessagePort): void {
  const channel = rtcChannel(dc);
  let takenBytes = 0;
  let looking = false;
  const say = (message: PortMessage, transfer: Transferable[] = []): void =>
    port.postMessage(message, transfer);
  const report = (): void => {
    say({ type: "left", bytes: takenBytes - channel.bufferedBytes });
    if (channel.bufferedBytes === 0 || looking) return;
    looking = true;
    setTimeout(() => {
      looking = false;
      report();
    }, LOOK_MS);
  };
  channel.onDrain(report);
  channel.onMessage((message) => {
    const buffer = wholeBuffer(message);
    say({ type: "bytes", buffer }, [buffer]);
  });
  channel.onClose((reason) => {
    say({ type: "close", reason });
    port.close();
  });
  port.onmessage = ({ data }: MessageEvent<PortMessage>) => {
    if (data.type === "bytes") {
      takenBytes += data.buffer.byteLength;
      channel.send(new Uint8Array(data.buffer));
      report();
    }
    if (data.type === "close") {
      channel.close();
      port.close();
    }
  };
}

/** Worker side of `relayToPort`. Buffers are transferred; `bufferedBytes` counts what hasn't left the page. */
export function portChannel(port: MessagePort): ByteChannel {
  const unheard: Uint8Array<ArrayBuffer>[] = [];
  let sentBytes = 0;
  let leftBytes = 0;
  let open = true;
  let onDrain = (): void => {};
  let onClose = (_reason: string): void => {};
  let onMessage = (message: Uint8Array<ArrayBuffer>): void => {
    unheard.push(message);
  };
  const accept = (bytes: number): void => {
    const before = sentBytes - leftBytes;
    leftBytes = bytes;
    if (before > LOW_WATER_BYTES && sentBytes - leftBytes <= LOW_WATER_BYTES) onDrain();
  };
  port.onmessage = ({ data }: MessageEvent<PortMessage>) => {
    if (!open) return;
    if (data.type === "bytes") onMessage(new Uint8Array(data.buffer));
    else if (data.type === "left") accept(data.bytes);
    else {
      open = false;
      port.close();
      onClose(data.reason);
    }
  };
  return {
    get bufferedBytes() {
      return sentBytes - leftBytes;
    },
    send(message) {
      if (!open) return;
      const buffer = wholeBuffer(message);
      sentBytes += buffer.byteLength;
      port.postMessage({ type: "bytes", buffer } satisfies PortMessage, [buffer]);
    },
    onDrain: (listener) => {
      onDrain = listener;
    },
    onMessage: (listener) => {
      onMessage = listener;
      for (const message of unheard.splice(0)) listener(message);
    },
    onClose: (listener) => {
      onClose = listener;
    },
    close() {
      if (!open) return;
      open = false;
      port.postMessage({ type: "close", reason: "the worker closed the channel" } satisfies PortMessage);
    },
  };
}

/** The message's own buffer, or a copy where it is a part of a larger one that others use. */
const wholeBuffer = (message: Uint8Array<ArrayBuffer>): ArrayBuffer =>
  message.byteLength === message.buffer.byteLength ? message.buffer : message.slice().buffer;
