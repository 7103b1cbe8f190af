import type { BrowserContext, Page } from "playwright";
import type { SwarmSnapshot } from "../src/page-api.ts";
import { errorOf } from "./page-failure.ts";

/** One tab with the page in it, driven through its page API. */
export interface Tab {
  readonly page: Page;
  /** What the page wrote to its console as errors, and what it threw unseen. */
  readonly errors: readonly string[];
  /** This tab's device id; a reload gives a new one. */
  id(): Promise<string>;
  /**
   * Runs a function in the page and gives its result. It may use only its argument and what the page has.
   * Rejects with an Error of the name and message that the page's error had.
   */
  call<Result, Argument = undefined>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result>;
  snapshot(): Promise<SwarmSnapshot>;
  /** Resolves with the first snapshot for which the claim holds; rejects with the last one seen when that takes too long. */
  until(
    claim: (snapshot: SwarmSnapshot) => boolean,
    what: string,
    timeoutMs?: number,
  ): Promise<SwarmSnapshot>;
  /** Resolves once the page has joined its room and its worker computes. */
  ready(timeoutMs?: number): Promise<void>;
  reload(): Promise<void>;
  /** Ends the page's process at once, as a crash would: no farewell is sent. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

const readyTimeoutMs = 60_000;

/** Opens the page at an address in a new tab. Does not wait for it to be ready. */
export async function openTab(context: BrowserContext, url: string): Promise<Tab> {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  // Compilers that keep names wrap functions in a call that exists on their side only.
  await page.addInitScript({ content: "globalThis.__name ??= (target) => target;" });
  await page.goto(url);
  return tabOf(page, errors);
}

function tabOf(page: Page, errors: readonly string[]): Tab {
  const call: Tab["call"] = (run, argument) => callIn(page, run, argument);
  const snapshot = (): Promise<SwarmSnapshot> => call(() => edgeloom.snapshot());
  const ready = async (timeoutMs = readyTimeoutMs): Promise<void> => {
    await page.waitForFunction(() => "edgeloom" in globalThis, undefined, { timeout: timeoutMs });
    await within(
      timeoutMs,
      call(() => edgeloom.ready.then(() => undefined)),
      () => `the tab was not ready after ${timeoutMs} ms; its errors: ${errors.join("; ") || "none"}`,
    );
  };
  return {
    page,
    errors,
    id: async () => (await snapshot()).self,
    call,
    snapshot,
    until: (claim, what, timeoutMs = 30_000) => poll({ snapshot, claim, what, timeoutMs }),
    ready,
    reload: async () => {
      await page.reload();
      await ready();
    },
    crash: () => crash(page),
    close: () => page.close(),
  };
}

/** Errors lose their names on the way out of a page, so they leave it as values. */
async function callIn<Result, Argument>(
  page: Page,
  run: (argument: Argument) => Result | Promise<Result>,
  argument: Argument | undefined,
): Promise<Result> {
  const target = await page.evaluateHandle<{ run: (argument: unknown) => Result | Promise<Result> }>(
    `({ run: ${run.toString()} })`,
  );
  try {
    const outcome = await page.evaluate(
      async ([callee, value]) => {
        try {
          return { type: "result" as const, result: await callee.run(value) };
        } catch (error) {
          const { name, message } =
            error instanceof Error ? error : { name: "Error", message: String(error) };
          return { type: "failure" as const, name, message };
        }
      },
      [target, argument] as const,
    );
    if (outcome.type === "failure") throw errorOf(outcome);
    return outcome.result;
  } finally {
    await target.dispose().catch(() => {});
  }
}

interface Poll {
  readonly snapshot: () => Promise<SwarmSnapshot>;
  readonly claim: (snapshot: SwarmSnapshot) => boolean;
  readonly what: string;
  readonly timeoutMs: number;
}

async function poll({ snapshot, claim, what, timeoutMs }: Poll): Promise<SwarmSnapshot> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const seen = await snapshot();
    if (claim(seen)) return seen;
    if (performance.now() > deadlineMs) {
      throw new Error(`${what}: not so after ${timeoutMs} ms; last seen: ${JSON.stringify(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function within(timeoutMs: number, promise: Promise<unknown>, describe: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(describe())), timeoutMs);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash", { timeout: 10_000 });
  // Never answered: who should answer is gone.
  session.send("Page.crash").catch(() => {});
  await crashed;
}
