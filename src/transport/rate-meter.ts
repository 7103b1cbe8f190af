const WINDOW_MS = 50;
const WINDOW_BYTES = 64 * 1024;

/** Highest rate, in bytes per second, at which a queue that never ran dry was seen to drain; 0 until one was. */
export interface RateMeter {
  /** `sentBytes` were handed over so far, of which `bufferedBytes` have not left; `idle` when nothing more waits behind them. */
  observe(
    nowMs: number,
    sentBytes: number,
    queue: { readonly bufferedBytes: number; readonly idle: boolean },
  ): void;
  bytesPerSecond(): number;
}

export function createRateMeter(): RateMeter {
  let best = 0;
  let windowStart: { readonly atMs: number; readonly leftBytes: number } | null = null;
  return {
    observe(nowMs, sentBytes, { bufferedBytes, idle }) {
      const leftBytes = sentBytes - bufferedBytes;
      if (idle && bufferedBytes === 0) {
        windowStart = null;
        return;
      }
      windowStart ??= { atMs: nowMs, leftBytes };
      const ms = nowMs - windowStart.atMs;
      const bytes = leftBytes - windowStart.leftBytes;
      if (ms < WINDOW_MS || bytes < WINDOW_BYTES) return;
      best = Math.max(best, (1000 * bytes) / ms);
      windowStart = { atMs: nowMs, leftBytes };
    },
    bytesPerSecond: () => best,
  };
}
