import type { Frame } from "./frame.ts";

/** A device's id in its room: what PeerJS knows it by. */
export type DeviceId = string;

/** Lanes of a link share one connection; a later lane only gets what earlier ones leave. Order holds within a lane. */
export type Lane = "control" | "token" | "bulk";

/** Why a link ended; said to the other side where that is still possible. */
export type CloseReason =
  | { readonly type: "left"; readonly message: string }
  | { readonly type: "silent"; readonly message: string }
  | { readonly type: "malformed"; readonly message: string }
  | { readonly type: "protocol-mismatch"; readonly message: string }
  | { readonly type: "not-authorised"; readonly message: string }
  | { readonly type: "lost"; readonly message: string };

export interface LinkStats {
  /** Median round trip of recent heartbeats. */
  readonly rttMs: number;
  /** Highest rate seen over a window in which the link was never idle, in bytes per second; 0 until one was seen. */
  readonly bytesPerSecond: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Add to a time stamp of the other side to get this side's clock; from the heartbeat with the shortest round trip. */
  readonly clockOffsetMs: number;
}

/** Ordered frames between two peers: exactly once, in order per lane, or closed with a reason [L1]. */
export interface Link {
  readonly peer: DeviceId;
  /** Resolves when the frame is within the bound of bytes in flight [L2]; awaiting it is the backpressure. Rejects with PeerLeft once closed. */
  send(frame: Frame, lane?: Lane): Promise<void>;
  /**
   * One listener; frames that arrive while there is none (before it is set, or after `null`) wait for the next, within
   * a bound. A frame longer than `frameLimitBytes` (default: the protocol's limit) closes the link.
   */
  onFrame(listener: ((frame: Frame) => void) | null, frameLimitBytes?: number): void;
  stats(): LinkStats;
  close(reason: CloseReason): void;
  readonly closed: Promise<CloseReason>;
}

/** Time and chance are arguments: tests and the simulator bring their own. */
export interface World {
  now(): number;
  random(): number;
  /** Calls once after `ms`; returns the cancellation. */
  after(ms: number, action: () => void): () => void;
}

/** What a link stands on: unreliable in nothing but its life; each message is at most 64 KiB. */
export interface ByteChannel {
  send(message: Uint8Array<ArrayBuffer>): void;
  readonly bufferedBytes: number;
  /** Called when `bufferedBytes` fell to LOW_WATER_BYTES (limits.ts) or below, having been above. */
  onDrain(listener: () => void): void;
  onMessage(listener: (message: Uint8Array<ArrayBuffer>) => void): void;
  onClose(listener: (reason: string) => void): void;
  close(): void;
}
