import { EdgeloomError, errorOf, failureOf } from "../tensor/edgeloom-error.ts";
import type { Frame } from "../transport/frame.ts";
import type { DeviceId, Link, World } from "../transport/link.ts";
import { createDesk, type Handler } from "./desk.ts";
import { createPending } from "./pending.ts";

export interface CallOptions {
  /** JSON. */
  readonly body: unknown;
  readonly timeoutMs: number;
}

/** Named operations that devices of a room ask of each other, with JSON. */
export interface Calls {
  /**
   * Rejects with the other side's error, with PeerLeft when the link over which it was asked closes, with Unreachable
   * when no answer comes in time, and with InvalidRequest when too many are under way.
   */
  request(device: DeviceId, operation: string, options: CallOptions): Promise<unknown>;
  serve(operation: string, handler: Handler): void;
  receive(link: Link, frame: Extract<Frame, { readonly type: "request" | "reply" }>): void;
  /** Rejects what was asked over this link. */
  ended(link: Link): void;
  /** Rejects everything that is under way. */
  close(): void;
}

export interface CallParts {
  readonly self: DeviceId;
  readonly world: World;
  linkTo(device: DeviceId): Link | null;
}

export function createCalls({ self, world, linkTo }: CallParts): Calls {
  const desk = createDesk();
  const pending = createPending(world);
  return {
    async request(device, operation, { body, timeoutMs }) {
      const link = device === self ? null : linkTo(device);
      if (device !== self && !link)
        throw new EdgeloomError(
          "PeerLeft",
          `device ${device} isn't linked to this one; wait until it is back, or ask again`,
        );
      const { id, answer } = pending.ask({ device, link, operation, timeoutMs });
      const fail = (error: unknown) => pending.fail(id, errorOf(failureOf(error)));
      if (link) link.send({ type: "request", id, operation, body }).catch(fail);
      else {
        const own = desk.handle(operation, plain(body), self);
        own.then((result) => pending.settle(id, plain(result))).catch(fail);
      }
      return answer;
    },
    serve: desk.serve,
    receive(link, frame) {
      if (frame.type === "request") {
        void desk.answer(link, frame);
        return;
      }
      // Only the device that was asked may answer.
      const question = pending.get(frame.id);
      if (!question?.link || question.device !== link.peer) return;
      if (frame.failure) pending.fail(frame.id, errorOf(frame.failure));
      else pending.settle(frame.id, frame.body);
    },
    ended: (link) =>
      pending.drop(
        (question) => question.link === link,
        `device ${link.peer} left before it answered; try again`,
      ),
    close: () => pending.drop(() => true, "this tab left the room before an answer came; reload it"),
  };
}

/** As it would come over a link: the same JSON, and nothing shared. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
