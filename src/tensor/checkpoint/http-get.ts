import { EdgeloomError } from "../edgeloom-error.ts";

/** Time and chance of retries; a `World` is one. */
export interface Timer {
  random(): number;
  /** Calls once after `ms`; returns the cancellation. */
  after(ms: number, action: () => void): () => void;
}

export interface Http {
  readonly fetch: typeof fetch;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly timer: Timer;
}

export interface Get<T> {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Judges the answer and reads its body, calling `alive` whenever bytes came. */
  readonly take: (response: Response, alive: () => void) => Promise<T>;
}

/** A body that ended, or broke off, before its announced end. */
export class ShortBody extends Error {
  override readonly name = "ShortBody";
}

type Outcome<T> =
  | { readonly type: "taken"; readonly value: T }
  | { readonly type: "transient"; readonly fact: string }
  | { readonly type: "short"; readonly fact: string };

const maxTransients = 2;
const maxShorts = 1;
const stallMs = 30_000;
const transientStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * GETs a URL. What may pass (network failures, statuses such as 503, 30 s of silence) is tried twice more, later each
 * time; a short body once more. Throws Unreachable, CorruptCheckpoint or Cancelled after that, and whatever `take` throws.
 */
export async function get<T>(http: Http, ask: Get<T>): Promise<T> {
  const failures = { transient: 0, short: 0 };
  for (;;) {
    const outcome = await attempt(http, ask);
    if (outcome.type === "taken") return outcome.value;
    failures[outcome.type]++;
    if (failures.short > maxShorts)
      throw new EdgeloomError(
        "CorruptCheckpoint",
        `${ask.url}: ${outcome.fact}, twice; check the file on its server`,
      );
    if (failures.transient > maxTransients)
      throw new EdgeloomError(
        "Unreachable",
        `${ask.url}: ${outcome.fact}, ${failures.transient} times; check the connection and that the server allows cross-origin requests`,
      );
    await pause(http, ask, failures.transient + failures.short);
  }
}

async function attempt<T>(http: Http, ask: Get<T>): Promise<Outcome<T>> {
  const watch = watchStall(http, ask);
  try {
    const response = await http.fetch(ask.url, {
      headers: { ...http.headers, ...ask.headers },
      signal: watch.signal,
      // Browsers serialise ranged requests of one URL on its cache entry; without the cache they run side by side.
      cache: "no-store",
    });
    watch.alive();
    if (!transientStatuses.has(response.status))
      return { type: "taken", value: await ask.take(response, watch.alive) };
    await discard(response);
    return { type: "transient", fact: `the server answered ${response.status}` };
  } catch (error) {
    throwIfCancelled(http, ask);
    if (error instanceof ShortBody) return { type: "short", fact: error.message };
    if (watch.isStalled()) return { type: "transient", fact: `nothing came for ${stallMs / 1000} s` };
    // fetch and streams report a failing network as a TypeError; anything else is not the network's.
    if (error instanceof TypeError)
      return { type: "transient", fact: `the request failed (${causeOf(error)})` };
    throw error;
  } finally {
    watch.close();
  }
}

/** A signal that aborts with the caller's, or when nobody called `alive` for a while. */
function watchStall(http: Http, ask: Pick<Get<unknown>, "signal" | "url">) {
  throwIfCancelled(http, ask);
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let stalled = false;
  const stall = (): void => {
    stalled = true;
    abort();
  };
  let disarm = http.timer.after(stallMs, stall);
  http.signal?.addEventListener("abort", abort);
  ask.signal?.addEventListener("abort", abort);
  return {
    signal: controller.signal,
    isStalled: () => stalled,
    alive: () => {
      disarm();
      disarm = http.timer.after(stallMs, stall);
    },
    close: () => {
      disarm();
      http.signal?.removeEventListener("abort", abort);
      ask.signal?.removeEventListener("abort", abort);
    },
  };
}

/** Waits longer after each failure, by chance spread, so that many tabs don't knock at once; ends early when cancelled. */
async function pause(http: Http, ask: Pick<Get<unknown>, "signal" | "url">, failures: number): Promise<void> {
  const ms = (0.5 + 0.5 * http.timer.random()) * 250 * 4 ** (failures - 1);
  let disarm = (): void => {};
  let wake = (): void => {};
  await new Promise<void>((resolve) => {
    wake = resolve;
    disarm = http.timer.after(ms, resolve);
    http.signal?.addEventListener("abort", wake);
    ask.signal?.addEventListener("abort", wake);
  });
  disarm();
  http.signal?.removeEventListener("abort", wake);
  ask.signal?.removeEventListener("abort", wake);
  throwIfCancelled(http, ask);
}

function throwIfCancelled(http: Http, ask: Pick<Get<unknown>, "signal" | "url">): void {
  if (http.signal?.aborted || ask.signal?.aborted)
    throw new EdgeloomError("Cancelled", `reading ${ask.url} was cancelled`);
}

/** Lets go of a body that nobody will read. */
export async function discard(response: Response): Promise<void> {
  try {
    await response.body?.cancel();
  } catch {
    // The connection broke before it could be let go.
  }
}

/** Node states the reason in the cause, browsers in the message. */
const causeOf = (error: Error): string =>
  error.cause instanceof Error ? error.cause.message : error.message;
