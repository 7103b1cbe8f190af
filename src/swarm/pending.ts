import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { DeviceId, Link, World } from "../transport/link.ts";

/** A question that this device has asked. */
export interface Question {
  readonly device: DeviceId;
  /** Null for what it asks of itself. */
  readonly link: Link | null;
  readonly operation: string;
  readonly timeoutMs: number;
}

/** Questions that wait for their answers. Each is settled once; what comes later is ignored. */
export interface Pending {
  /** Rejects with Unreachable when no answer comes in time, with InvalidRequest when too many wait. */
  ask(question: Question): { readonly id: number; readonly answer: Promise<unknown> };
  get(id: number): Question | null;
  settle(id: number, body: unknown): void;
  fail(id: number, error: Error): void;
  /** Rejects with PeerLeft those of which this holds. */
  drop(isMeant: (question: Question) => boolean, message: string): void;
}

/** Questions to one device that may wait at once. */
const mostAsked = 64;

interface Entry {
  readonly question: Question;
  stopTimer(): void;
  resolve(body: unknown): void;
  reject(error: Error): void;
}

export function createPending(world: World): Pending {
  const entries = new Map<number, Entry>();
  let lastId = 0;
  const take = (id: number): Entry | undefined => {
    const entry = entries.get(id);
    entries.delete(id);
    entry?.stopTimer();
    return entry;
  };
  const fail = (id: number, error: Error) => take(id)?.reject(error);
  return {
    ask(question) {
      const { device, operation, timeoutMs } = question;
      const waiting = [...entries.values()].filter((entry) => entry.question.device === device).length;
      if (waiting >= mostAsked)
        throw new EdgeloomError(
          "InvalidRequest",
          `${waiting} requests to ${device} wait for answers; wait for one to end`,
        );
      const id = ++lastId;
      const message = `device ${device} did not answer ${operation} within ${timeoutMs} ms; try again`;
      const answer = new Promise<unknown>((resolve, reject) => {
        const stopTimer = world.after(timeoutMs, () => fail(id, new EdgeloomError("Unreachable", message)));
        entries.set(id, { question, stopTimer, resolve, reject });
      });
      return { id, answer };
    },
    get: (id) => entries.get(id)?.question ?? null,
    settle: (id, body) => take(id)?.resolve(body),
    fail,
    drop(isMeant, message) {
      for (const [id, { question }] of [...entries])
        if (isMeant(question)) fail(id, new EdgeloomError("PeerLeft", message));
    },
  };
}
