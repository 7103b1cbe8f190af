import type { Ask, Course, Frame, Lap } from "../../transport/frame.ts";
import type { DeviceId } from "../../transport/link.ts";
import type { Answers, Inbox } from "./answers.ts";

/** Most rows of a prompt that go round in one frame: what a stage computes without looking up. */
export const prefillRows = 128;
/** Frames of one prompt under way at once, so that every stage has work. */
const prefillWindow = 2;

/** The placed model as an asker sees it: one way in, answers out. */
export interface Ring {
  readonly placement: string;
  readonly self: DeviceId;
  /** Device of every stage, in order. */
  readonly devices: readonly DeviceId[];
  readonly answers: Answers;
  send(device: DeviceId, frame: Frame): Promise<void>;
  now(): number;
}

/** One sequence going round the ring: its caches live on the stages until `close`. */
export interface Sequence {
  readonly generation: string;
  /** Sends ids round and gives the answer to the last of them. A long prompt goes in pieces; only the last piece asks. */
  ask(ids: readonly number[], ask: Ask): Promise<Answer>;
  /** Frees the caches of every stage; safe to call twice. */
  close(): void;
}

export interface Answer {
  readonly frame: Awaited<ReturnType<Inbox["next"]>>;
  readonly laps: readonly Lap[];
  /** How long the answer itself was under way. */
  readonly roundTripMs: number;
}

export function startSequence(ring: Ring): Sequence {
  const generation = randomId();
  const inbox = ring.answers.open(generation, ring.placement);
  const first = ring.devices[0];
  let position = 0;
  let open = true;
  const post = async (ids: readonly number[], ask: Ask) => {
    if (first === undefined) throw new Error("a placement has at least one stage");
    const course: Course = {
      placement: ring.placement,
      generation,
      asker: ring.self,
      position,
      ask,
      sentAtMs: ring.now(),
      laps: [],
    };
    position += ids.length;
    await ring.send(first, { type: "ids", course, ids: Int32Array.from(ids) });
  };
  return {
    generation,
    async ask(ids, ask) {
      const pieces = cut(ids);
      let unanswered = 0;
      for (const piece of pieces.slice(0, -1)) {
        if (unanswered === prefillWindow) {
          await inbox.next();
          unanswered--;
        }
        await post(piece, { type: "nothing" });
        unanswered++;
      }
      const startedAt = ring.now();
      await post(pieces.at(-1) ?? [], ask);
      for (; unanswered > 0; unanswered--) await inbox.next();
      const frame = await inbox.next();
      return { frame, laps: frame.course.laps, roundTripMs: ring.now() - startedAt };
    },
    close() {
      if (!open) return;
      open = false;
      inbox.close();
      const release = { type: "release", placement: ring.placement, generation } as const;
      // A device that can't be reached has left, and its caches with it.
      for (const device of new Set(ring.devices)) ring.send(device, release).catch(() => {});
    },
  };
}

const cut = (ids: readonly number[]): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(ids.length / prefillRows) }, (_, piece) =>
    ids.slice(piece * prefillRows, (piece + 1) * prefillRows),
  );

/** 16 hex digits that nobody else will draw. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
