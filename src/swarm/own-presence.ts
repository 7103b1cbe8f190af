import type { World } from "../transport/link.ts";
import { checkPresence, type Presence } from "./presence.ts";

/** What this device says of itself: changes of state at once, mere progress at most ten times a second. */
export interface OwnPresence {
  get(): Presence;
  /** Throws InvalidRequest when the others would refuse it. */
  set(patch: Partial<Presence>): void;
  close(): void;
}

const progressEveryMs = 100;

export function createOwnPresence(
  first: Presence,
  world: World,
  publish: (presence: Presence) => void,
): OwnPresence {
  let own = checkPresence(first);
  let stopTimer: (() => void) | null = null;
  const close = () => {
    stopTimer?.();
    stopTimer = null;
  };
  const flush = () => {
    close();
    publish(own);
  };
  publish(own);
  return {
    get: () => own,
    set(patch) {
      const next = checkPresence({ ...own, ...patch });
      const [before, after] = [own, next].map((presence) => JSON.stringify(presence));
      const isProgress = stateOf(own) === stateOf(next);
      own = next;
      if (!isProgress) flush();
      else if (before !== after) stopTimer ??= world.after(progressEveryMs, flush);
    },
    close,
  };
}

/** All but numbers that only count on. */
const stateOf = ({ device, isProfiled, visible, held }: Presence): string =>
  JSON.stringify([device, isProfiled, visible, held.map(({ loadedBytes, totalBytes, ...state }) => state)]);
