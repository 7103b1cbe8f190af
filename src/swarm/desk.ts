import { EdgeloomError, failureOf } from "../tensor/edgeloom-error.ts";
import type { Frame } from "../transport/frame.ts";
import type { DeviceId, Link } from "../transport/link.ts";

/** What a device does for the others; `body` is JSON from outside, to be parsed. */
export type Handler = (body: unknown, from: DeviceId) => Promise<unknown>;

/** Where requests of other devices are served. */
export interface Desk {
  serve(operation: string, handler: Handler): void;
  /** Rejects with what the handler throws, or with InvalidRequest where there is none. */
  handle(operation: string, body: unknown, from: DeviceId): Promise<unknown>;
  /** Sends the answer, or the failure; never rejects. */
  answer(link: Link, request: Extract<Frame, { readonly type: "request" }>): Promise<void>;
}

/** Requests that come over one link and may be under way at once. */
const mostServed = 64;

export function createDesk(): Desk {
  const handlers = new Map<string, Handler>();
  const underWay = new WeakMap<Link, number>();
  const count = (link: Link, more: number): number => {
    const now = (underWay.get(link) ?? 0) + more;
    underWay.set(link, now);
    return now;
  };
  const handle: Desk["handle"] = async (operation, body, from) => {
    const handler = handlers.get(operation);
    if (handler) return handler(body, from);
    throw new EdgeloomError(
      "InvalidRequest",
      `this device has no operation ${operation}; reload the older of the two tabs`,
    );
  };
  return {
    serve: (operation, handler) => void handlers.set(operation, handler),
    handle,
    async answer(link, { id, operation, body }) {
      try {
        if (count(link, 1) > mostServed)
          throw new EdgeloomError(
            "InvalidRequest",
            `${mostServed} requests of yours are under way here; wait for one to end`,
          );
        const answer = (await handle(operation, body, link.peer)) ?? null;
        await link.send({ type: "reply", id, body: answer, failure: null });
      } catch (error) {
        // A link that is gone takes no reply; the other side hears of that by itself.
        await link.send({ type: "reply", id, body: null, failure: failureOf(error) }).catch(() => {});
      } finally {
        count(link, -1);
      }
    },
  };
}
