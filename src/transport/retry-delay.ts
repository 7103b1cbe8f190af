import type { World } from "./link.ts";

const FIRST_MS = 300;
const MOST_MS = 15_000;

/** How long to wait before a retry: doubling, with full jitter, so that tabs that failed together don't return together. */
export const retryDelayMs = (attempt: number, world: World): number =>
  50 + world.random() * Math.min(MOST_MS, FIRST_MS * 2 ** attempt);
