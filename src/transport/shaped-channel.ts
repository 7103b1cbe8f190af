import { LOW_WATER_BYTES } from "./limits.ts";
import type { ByteChannel, World } from "./link.ts";
import type { LinkShape } from "./link-shape.ts";

/**
 * A channel whose sends take the time of a slower link: the bytes leave at its rate, travel half its round trip with
 * some jitter, and a lost message arrives one round trip later. It stays reliable and in order, so whatever follows a
 * late message waits for it.
 */
export function shapeChannel(channel: ByteChannel, shape: LinkShape, world: World): ByteChannel {
  const path = createPath(shape, world);
  let closing = false;
  let onDrain = (): void => {};
  let cancel = (): void => {};
  // The larger of the two queues, not their sum: each tells when it falls, so their maximum never falls unnoticed.
  const buffered = (): number => Math.max(path.leavingBytes(), channel.bufferedBytes);

  const settle = (): void => {
    const before = buffered();
    for (const message of path.arrived()) channel.send(message);
    if (closing && path.nextMs() === null) channel.close();
    rearm();
    if (before > LOW_WATER_BYTES && buffered() <= LOW_WATER_BYTES) onDrain();
  };
  const rearm = (): void => {
    cancel();
    const nextMs = path.nextMs();
    if (nextMs !== null) cancel = world.after(Math.max(0, nextMs - world.now()), settle);
  };
  channel.onDrain(() => {
    if (buffered() <= LOW_WATER_BYTES) onDrain();
  });

  return {
    get bufferedBytes() {
      return buffered();
    },
    send(message) {
      if (closing) return;
      path.enter(message);
      rearm();
    },
    onDrain: (listener) => {
      onDrain = listener;
    },
    onMessage: (listener) => channel.onMessage(listener),
    onClose: (listener) =>
      channel.onClose((reason) => {
        closing = true;
        cancel();
        listener(reason);
      }),
    close() {
      closing = true;
      if (path.nextMs() === null) channel.close();
    },
  };
}

interface Flight {
  readonly message: Uint8Array<ArrayBuffer>;
  /** When its last byte has left this side, at the shape's rate. */
  readonly leavesAtMs: number;
  readonly arrivesAtMs: number;
}

/** The messages between their send and their arrival. */
interface Path {
  enter(message: Uint8Array<ArrayBuffer>): void;
  /** Takes out what has arrived by now. */
  arrived(): readonly Uint8Array<ArrayBuffer>[];
  /** Bytes that have not left this side yet, as of the last call of `arrived`. */
  leavingBytes(): number;
  /** When the next message leaves or arrives; null when there is none. */
  nextMs(): number | null;
}

function createPath(shape: LinkShape, world: World): Path {
  const leaving: Flight[] = [];
  const flying: Flight[] = [];
  const schedule = createSchedule(shape, world);
  let leavingBytes = 0;
  return {
    enter(message) {
      const flight = schedule(message);
      leaving.push(flight);
      flying.push(flight);
      leavingBytes += message.length;
    },
    arrived() {
      const nowMs = world.now();
      for (let head = leaving[0]; head && head.leavesAtMs <= nowMs; head = leaving[0]) {
        leaving.shift();
        leavingBytes -= head.message.length;
      }
      const still = flying.findIndex(({ arrivesAtMs }) => arrivesAtMs > nowMs);
      return flying.splice(0, still < 0 ? flying.length : still).map(({ message }) => message);
    },
    leavingBytes: () => leavingBytes,
    nextMs() {
      // Every message leaves before it arrives: when nothing flies, nothing is leaving.
      const arrivesAtMs = flying[0]?.arrivesAtMs ?? null;
      return arrivesAtMs === null ? null : Math.min(arrivesAtMs, leaving[0]?.leavesAtMs ?? arrivesAtMs);
    },
  };
}

/** When each message leaves and arrives. */
function createSchedule(shape: LinkShape, world: World): (message: Uint8Array<ArrayBuffer>) => Flight {
  let freeAtMs = 0;
  let lastArrivalMs = 0;
  return (message) => {
    const leavesAtMs = Math.max(world.now(), freeAtMs) + (1000 * message.length) / shape.bytesPerSecond;
    freeAtMs = leavesAtMs;
    const jitterMs = shape.jitterMs * world.random();
    const againMs = world.random() < shape.loss ? shape.rttMs : 0;
    lastArrivalMs = Math.max(lastArrivalMs, leavesAtMs + shape.rttMs / 2 + jitterMs + againMs);
    return { message, leavesAtMs, arrivesAtMs: lastArrivalMs };
  };
}
