import type { SwarmSnapshot } from "../page-api.ts";
import type { World } from "../transport/link.ts";

export interface Versioned {
  readonly version: number;
  readonly snapshot: SwarmSnapshot;
}

/** Snapshots for a reader on another thread, who asks for the next one when it has shown the last. */
export interface SnapshotFeed {
  /** Something may look different now. */
  changed(): void;
  /** The present snapshot when it is newer than this version, else the next one. */
  next(version: number): Promise<Versioned>;
}

/** A tab shows at most this many states a second; a token's every step needs no picture. */
const everyMs = 50;

export function createSnapshotFeed(world: World, take: () => SwarmSnapshot): SnapshotFeed {
  let waiting: ((versioned: Versioned) => void)[] = [];
  let current: Versioned = { version: 1, snapshot: take() };
  let isDue = false;
  const publish = () => {
    isDue = false;
    current = { version: current.version + 1, snapshot: take() };
    const readers = waiting;
    waiting = [];
    for (const read of readers) read(current);
  };
  return {
    changed() {
      if (!isDue) world.after(everyMs, publish);
      isDue = true;
    },
    next: (version) =>
      current.version > version
        ? Promise.resolve(current)
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
  };
}
