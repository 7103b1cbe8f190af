import type { Frame } from "./frame.ts";
import { WAITING_BYTES, WAITING_FRAMES } from "./limits.ts";

type FrameListener = (frame: Frame) => void;

/** Frames between the link and its listener: in order, each once, waiting while there is no listener. */
export interface Inbox {
  /** False when more waits now than anyone who keeps to the protocol sends unheard. */
  deliver(frame: Frame, bytes: number): boolean;
  listen(listener: FrameListener | null): void;
  /** Nothing is delivered from now on. */
  shut(): void;
}

export function createInbox(): Inbox {
  const waiting: { readonly frame: Frame; readonly bytes: number }[] = [];
  let waitingBytes = 0;
  let listener: FrameListener | null = null;
  let delivering = false;

  // A listener may send, change the listener or close the link; a frame that arrives meanwhile waits its turn.
  const flush = (): void => {
    if (delivering) return;
    delivering = true;
    try {
      while (listener) {
        const next = waiting.shift();
        if (!next) return;
        waitingBytes -= next.bytes;
        listener(next.frame);
      }
    } finally {
      delivering = false;
    }
  };

  return {
    deliver(frame, bytes) {
      waiting.push({ frame, bytes });
      waitingBytes += bytes;
      flush();
      return waiting.length <= WAITING_FRAMES && waitingBytes <= WAITING_BYTES;
    },
    listen(next) {
      listener = next;
      flush();
    },
    shut() {
      listener = null;
      waiting.length = 0;
      waitingBytes = 0;
    },
  };
}
