import type { Notice } from "../page-api.ts";
import type { World } from "../transport/link.ts";

/** What went wrong lately: the last few, newest last. */
export interface Notices {
  add(notice: Omit<Notice, "atMs">): void;
  all(): readonly Notice[];
}

const mostNotices = 20;
const mostLetters = 2000;

export function createNotices(world: World, changed: () => void): Notices {
  let notices: readonly Notice[] = [];
  return {
    add(notice) {
      const message = notice.message.slice(0, mostLetters);
      notices = [...notices, { ...notice, message, atMs: world.now() }].slice(-mostNotices);
      changed();
    },
    all: () => notices,
  };
}
