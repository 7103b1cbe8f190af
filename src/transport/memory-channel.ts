import { LOW_WATER_BYTES } from "./limits.ts";
import type { ByteChannel, World } from "./link.ts";

export interface MemoryChannelOptions {
  readonly world: World;
  /** What a channel buffers before `send` throws, as an RTCDataChannel does. Default 16 MiB. */
  readonly capacityBytes?: number;
  /** What arrives per turn of the event loop. Default 1 MiB. */
  readonly turnBytes?: number;
}

type Listeners = {
  message: (message: Uint8Array<ArrayBuffer>) => void;
  drain: () => void;
  close: (reason: string) => void;
};

interface End {
  readonly sent: Uint8Array<ArrayBuffer>[];
  readonly unheard: Uint8Array<ArrayBuffer>[];
  readonly listeners: Partial<Listeners>;
  bufferedBytes: number;
  open: boolean;
  scheduled: boolean;
}

/** Two channels within one thread, each the other's far end. What is sent arrives in a later turn, in order. */
export function memoryChannels(options: MemoryChannelOptions): readonly [ByteChannel, ByteChannel] {
  const [a, b] = [createEnd(), createEnd()];
  return [channelBetween(a, b, options), channelBetween(b, a, options)];
}

const createEnd = (): End => ({
  sent: [],
  unheard: [],
  listeners: {},
  bufferedBytes: 0,
  open: true,
  scheduled: false,
});

function channelBetween(near: End, far: End, options: MemoryChannelOptions): ByteChannel {
  const { world, capacityBytes = 16 << 20 } = options;
  const schedule = (): void => {
    if (near.scheduled) return;
    near.scheduled = true;
    world.after(0, () => {
      near.scheduled = false;
      carry(near, far, options);
      if (near.sent.length > 0) schedule();
      else if (!near.open) closeFar(far);
    });
  };
  return {
    get bufferedBytes() {
      return near.bufferedBytes;
    },
    send(message) {
      if (!near.open) return;
      if (near.bufferedBytes + message.length > capacityBytes)
        throw new RangeError(`${near.bufferedBytes} bytes wait in a channel of ${capacityBytes}`);
      near.sent.push(message.slice());
      near.bufferedBytes += message.length;
      schedule();
    },
    onDrain: (listener) => {
      near.listeners.drain = listener;
    },
    onMessage: (listener) => {
      near.listeners.message = listener;
      for (const message of near.unheard.splice(0)) listener(message);
    },
    onClose: (listener) => {
      near.listeners.close = listener;
    },
    close() {
      if (!near.open) return;
      near.open = false;
      schedule();
    },
  };
}

/** Moves one turn's worth of messages; what is sent before a close still arrives, what arrives after one doesn't. */
function carry(near: End, far: End, { turnBytes = 1 << 20 }: MemoryChannelOptions): void {
  const before = near.bufferedBytes;
  for (let carried = 0; carried < turnBytes; ) {
    const message = near.sent.shift();
    if (!message) break;
    carried += message.length;
    near.bufferedBytes -= message.length;
    if (!far.open) continue;
    if (far.listeners.message) far.listeners.message(message);
    else far.unheard.push(message);
  }
  if (before > LOW_WATER_BYTES && near.bufferedBytes <= LOW_WATER_BYTES && near.open)
    near.listeners.drain?.();
}

function closeFar(far: End): void {
  if (!far.open) return;
  far.open = false;
  far.listeners.close?.("the other end closed the channel");
}
