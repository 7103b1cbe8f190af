import type { Timer } from "../checkpoint/http-get.ts";

/** Waits of retries pass at once and are noted; the watch over silence never ends. */
export function hastyTimer(): { timer: Timer; waitsMs: number[] } {
  const waitsMs: number[] = [];
  const after = (ms: number, action: () => void): (() => void) => {
    if (ms >= 30_000) return () => {};
    waitsMs.push(ms);
    const id = setTimeout(action, 0);
    return () => clearTimeout(id);
  };
  return { waitsMs, timer: { random: () => 1, after } };
}
