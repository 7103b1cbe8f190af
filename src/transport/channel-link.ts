import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { chunkAt, createReassembly } from "./chunks.ts";
import { createClockSamples } from "./clock-samples.ts";
import { reasonOfBye, reasonOfError } from "./close-reason.ts";
import { decodeFrame } from "./decode-frame.ts";
import { encodeFrame } from "./encode-frame.ts";
import type { Frame } from "./frame.ts";
import { type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import { createInbox } from "./inbox.ts";
import { FRAME_BYTES } from "./limits.ts";
import type { ByteChannel, CloseReason, DeviceId, Lane, Link, LinkStats, World } from "./link.ts";
import { createRateMeter } from "./rate-meter.ts";
import { createSendQueue } from "./send-queue.ts";

export interface LinkOptions {
  readonly channel: ByteChannel;
  readonly peer: DeviceId;
  readonly world: World;
  /** Default 500. */
  readonly heartbeatMs?: number;
  /** A peer that is silent for this long is gone. Default 3000. */
  readonly silentMs?: number;
  /** The same before anything was heard: the channel may still be connecting. Default 10,000. */
  readonly connectMs?: number;
  /** The most bytes in flight [L2]. Default 1 MiB, at least 328 KiB. */
  readonly boundBytes?: number;
}

const FLUSH_MS = 500;
const FLUSH_STEP_MS = 20;

/** The lane of a frame whose sender names none. */
const laneOf = (frame: Frame): Lane => {
  switch (frame.type) {
    case "ids":
    case "hidden":
    case "token":
    case "score":
    case "passed":
    case "failed":
      return "token";
    default:
      return "control";
  }
};

/** A link over a channel of ordered messages. It owns the channel: closing the one closes the other. */
export function createLink(options: LinkOptions): Link {
  const wire = createWire(options);
  const end = createEnd(options, wire);
  connect(options, wire, end);
  return {
    peer: options.peer,
    send: async (frame, lane = laneOf(frame)) => {
      const over = end.error();
      if (over) throw over;
      await wire.queue.push(encodeFrame(frame), lane);
    },
    onFrame: (listener, frameLimitBytes = FRAME_BYTES) => {
      if (end.error()) return;
      wire.frameLimitBytes = frameLimitBytes;
      wire.inbox.listen(listener);
    },
    stats: wire.stats,
    close: (reason) => end.close(reason),
    closed: end.closed,
  };
}

/** What stands between frames and the channel. */
interface Wire {
  readonly queue: ReturnType<typeof createSendQueue>;
  readonly inbox: ReturnType<typeof createInbox>;
  readonly clock: ReturnType<typeof createClockSamples>;
  readonly measure: () => void;
  readonly stats: () => LinkStats;
  heartbeat: Heartbeat | null;
  frameLimitBytes: number;
  bytesReceived: number;
}

function createWire({ channel, world, boundBytes = 1 << 20 }: LinkOptions): Wire {
  const clock = createClockSamples();
  const meter = createRateMeter();
  const measure = (): void =>
    meter.observe(world.now(), queue.bytesSent(), {
      bufferedBytes: channel.bufferedBytes,
      idle: queue.idle(),
    });
  const queue = createSendQueue(channel, boundBytes, measure);
  const wire: Wire = {
    queue,
    inbox: createInbox(),
    clock,
    heartbeat: null,
    frameLimitBytes: FRAME_BYTES,
    bytesReceived: 0,
    measure,
    stats: () => ({
      rttMs: clock.rttMs(),
      clockOffsetMs: clock.clockOffsetMs(),
      bytesPerSecond: meter.bytesPerSecond(),
      bytesSent: queue.bytesSent(),
      bytesReceived: wire.bytesReceived,
    }),
  };
  return wire;
}

/** The end of a link: once, with a reason, said to the other side where that is possible. */
interface End {
  /** Ends the link and says so; a second time does nothing. */
  close(reason: CloseReason): void;
  /** Ends the link without a word: the other side knows. */
  ended(reason: CloseReason): void;
  /** What a sender gets once the link has ended; null before. */
  error(): EdgeloomError | null;
  readonly closed: Promise<CloseReason>;
}

function createEnd({ channel, peer, world }: LinkOptions, wire: Wire): End {
  let error: EdgeloomError | null = null;
  let resolve: (reason: CloseReason) => void = () => {};
  const closed = new Promise<CloseReason>((settle) => {
    resolve = settle;
  });
  const stop = (reason: CloseReason): void => {
    error = new EdgeloomError(
      "PeerLeft",
      `the link to ${peer} is closed (${reason.type}): ${reason.message}`,
    );
    wire.heartbeat?.stop();
    wire.inbox.shut();
    resolve(reason);
  };
  return {
    closed,
    error: () => error,
    close(reason) {
      if (error) return;
      stop(reason);
      const lane = wire.queue.freeLane();
      wire.queue.fail(error ?? new Error(reason.message));
      if (lane) sayBye(channel, reason, lane);
      closeWhenFlushed(channel, world, FLUSH_MS);
    },
    ended(reason) {
      if (error) return;
      stop(reason);
      wire.queue.fail(error ?? new Error(reason.message));
      channel.close();
    },
  };
}

/** Starts the heartbeat and listens to the channel. */
function connect(options: LinkOptions, wire: Wire, end: End): void {
  const { channel, peer, world, heartbeatMs = 500, silentMs = 3000, connectMs = 10_000 } = options;
  const sendControl = createControlSender(wire);
  const heartbeat = startHeartbeat({
    world,
    heartbeatMs,
    silentMs,
    connectMs,
    beat: () => {
      wire.measure();
      const sentAtMs = world.now();
      if (sendControl({ type: "ping", sentAtMs })) wire.clock.asked(sentAtMs);
    },
    onSilent: (quietMs) =>
      end.close({ type: "silent", message: `nothing was heard from ${peer} for ${Math.round(quietMs)} ms` }),
  });
  wire.heartbeat = heartbeat;

  const reassembly = createReassembly();
  const receive = (frame: Frame, bytes: number): void => {
    const receivedAtMs = world.now();
    if (frame.type === "ping")
      sendControl({ type: "pong", pingSentAtMs: frame.sentAtMs, receivedAtMs, sentAtMs: world.now() });
    else if (frame.type === "pong") wire.clock.answered(frame, receivedAtMs);
    else if (frame.type === "bye") end.ended(reasonOfBye(frame, peer));
    else if (!wire.inbox.deliver(frame, bytes))
      end.close({ type: "malformed", message: `${peer} sent too much before anyone listened` });
  };
  channel.onMessage((message) => {
    if (end.error()) return;
    wire.bytesReceived += message.length;
    heartbeat.heard();
    let arrived: { readonly frame: Frame; readonly bytes: number } | null = null;
    try {
      const bytes = reassembly.accept(message, wire.frameLimitBytes);
      if (bytes) arrived = { frame: decodeFrame(bytes), bytes: bytes.length };
    } catch (error) {
      end.close(reasonOfError(error, peer));
    }
    if (arrived) receive(arrived.frame, arrived.bytes);
  });
  channel.onClose((message) => end.ended({ type: "lost", message }));
}

/** Sends pings and pongs, of each at most one waiting: a channel that stands still, or a flood of pings, piles up none. */
function createControlSender(wire: Wire): (frame: Extract<Frame, { type: "ping" | "pong" }>) => boolean {
  const waiting = { ping: false, pong: false };
  return (frame) => {
    if (waiting[frame.type]) return false;
    waiting[frame.type] = true;
    const done = (): void => {
      waiting[frame.type] = false;
    };
    wire.queue.push(encodeFrame(frame), "control").then(done, done);
    return true;
  };
}

function sayBye(channel: ByteChannel, reason: CloseReason, lane: Lane): void {
  const bye = encodeFrame({ type: "bye", reason: reason.type, message: reason.message });
  channel.send(chunkAt(bye, 0, lane));
}

/** A channel that closes at once could take the farewell with it. */
function closeWhenFlushed(channel: ByteChannel, world: World, leftMs: number): void {
  if (channel.bufferedBytes === 0 || leftMs <= 0) channel.close();
  else world.after(FLUSH_STEP_MS, () => closeWhenFlushed(channel, world, leftMs - FLUSH_STEP_MS));
}
