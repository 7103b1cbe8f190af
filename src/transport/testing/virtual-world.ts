import type { World } from "../link.ts";

/** A world whose time stands still until it is told to pass. */
export interface VirtualWorld extends World {
  /** Lets time pass, running what falls due in order and letting promises settle in between. */
  pass(ms: number): Promise<void>;
  /** Jumps ahead like a tab that was frozen: what fell due meanwhile runs afterwards, late. */
  freeze(ms: number): void;
}

export function createVirtualWorld(random: () => number = () => 0.5): VirtualWorld {
  let nowMs = 1_700_000_000_000;
  let order = 0;
  const due = new Map<number, { readonly atMs: number; readonly action: () => void }>();
  const next = () =>
    [...due].sort(([i, a], [j, b]) => a.atMs - b.atMs || i - j).find(([, { atMs }]) => atMs <= horizonMs);
  let horizonMs = nowMs;
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    now: () => nowMs,
    random,
    after(ms, action) {
      const id = order++;
      due.set(id, { atMs: nowMs + ms, action });
      return () => due.delete(id);
    },
    async pass(ms) {
      horizonMs = nowMs + ms;
      await settle();
      for (let entry = next(); entry; entry = next()) {
        const [id, { atMs, action }] = entry;
        due.delete(id);
        nowMs = Math.max(nowMs, atMs);
        action();
        await settle();
      }
      nowMs = horizonMs;
    },
    freeze(ms) {
      nowMs += ms;
    },
  };
}
