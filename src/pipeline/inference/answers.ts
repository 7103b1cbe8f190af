import { EdgeloomError, errorOf } from "../../tensor/edgeloom-error.ts";
import type { Frame } from "../../transport/frame.ts";

/** Frames with which the last stage answers an asker. */
export type AnswerFrame = Extract<Frame, { readonly type: "token" | "score" | "passed" | "failed" }>;
type Success = Exclude<AnswerFrame, { readonly type: "failed" }>;

/** The answers of one generation, in order. */
export interface Inbox {
  /** The next answer. Rejects with what a stage reported, or with what ended the inbox. */
  next(): Promise<Success>;
  close(): void;
}

/** Sorts the answers that arrive at this tab by the generation they belong to. */
export interface Answers {
  open(generation: string, placement: string): Inbox;
  /** False when nobody waits for this generation. */
  deliver(frame: AnswerFrame): boolean;
  /** Ends a generation with this error. */
  fail(generation: string, error: Error): void;
  /** Ends with this error every generation that goes through this placement, or, with "others", through any other one. */
  failPlaced(which: "through" | "others", placement: string | null, error: Error): void;
  generations(): readonly string[];
}

interface Waiting {
  readonly placement: string;
  readonly queue: AnswerFrame[];
  error: Error | null;
  wake: () => void;
}

export function createAnswers(): Answers {
  const inboxes = new Map<string, Waiting>();
  return {
    open(generation, placement) {
      const waiting: Waiting = { placement, queue: [], error: null, wake: () => {} };
      inboxes.set(generation, waiting);
      return {
        next: () => nextAnswer(waiting),
        close() {
          inboxes.delete(generation);
          waiting.error ??= new EdgeloomError("Cancelled", "the generation was closed");
          waiting.wake();
        },
      };
    },
    deliver(frame) {
      const waiting = inboxes.get(frame.course.generation);
      waiting?.queue.push(frame);
      waiting?.wake();
      return waiting !== undefined;
    },
    fail: (generation, error) => end(inboxes.get(generation), error),
    failPlaced(which, placement, error) {
      for (const waiting of inboxes.values())
        if ((waiting.placement === placement) === (which === "through")) end(waiting, error);
    },
    generations: () => [...inboxes.keys()],
  };
}

function end(waiting: Waiting | undefined, error: Error): void {
  if (!waiting) return;
  waiting.error ??= error;
  waiting.wake();
}

async function nextAnswer(waiting: Waiting): Promise<Success> {
  for (;;) {
    if (waiting.error) throw waiting.error;
    const frame = waiting.queue.shift();
    if (frame?.type === "failed") throw errorOf(frame.failure);
    if (frame) return frame;
    await new Promise<void>((resume) => {
      waiting.wake = resume;
    });
  }
}
