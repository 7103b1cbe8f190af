import type { World } from "./link.ts";

export interface HeartbeatOptions {
  readonly world: World;
  readonly heartbeatMs: number;
  readonly silentMs: number;
  /** As `silentMs`, for a peer of which nothing was heard yet: it may still be connecting. */
  readonly connectMs: number;
  readonly beat: () => void;
  /** Called once, with the milliseconds in which nothing was heard. */
  readonly onSilent: (quietMs: number) => void;
}

export interface Heartbeat {
  /** Something came from the other side. */
  heard(): void;
  stop(): void;
}

/**
 * Beats every `heartbeatMs` and tells when nothing was heard for `silentMs`. A beat that comes late itself means that
 * this tab stood still: the peer's silence is counted anew from then, but only once until something is heard.
 */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { world, heartbeatMs } = options;
  let silentMs = Math.max(options.connectMs, options.silentMs);
  let heardAtMs = world.now();
  let beatAtMs = heardAtMs;
  let forgiven = false;
  let stopped = false;
  let cancel = () => {};

  const onBeat = (): void => {
    const nowMs = world.now();
    const late = nowMs - beatAtMs > 2 * heartbeatMs;
    beatAtMs = nowMs;
    if (late && !forgiven) {
      forgiven = true;
      heardAtMs = nowMs;
    }
    if (nowMs - heardAtMs >= silentMs) {
      options.onSilent(nowMs - heardAtMs);
      return;
    }
    options.beat();
    // The last beat of a silence ends with it: the peer is gone from then on, not from the next beat on.
    if (!stopped) cancel = world.after(Math.min(heartbeatMs, heardAtMs + silentMs - nowMs), onBeat);
  };

  cancel = world.after(0, onBeat);
  return {
    heard: () => {
      heardAtMs = world.now();
      forgiven = false;
      silentMs = options.silentMs;
    },
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
