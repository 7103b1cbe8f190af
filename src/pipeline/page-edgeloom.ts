import type {
  Device,
  Edgeloom,
  GenerateRequest,
  GenerateResult,
  SwarmSnapshot,
  TokenEvent,
} from "../page-api.ts";
import { EdgeloomError, isErrorName } from "../tensor/edgeloom-error.ts";
import { missing } from "./requests.ts";
import type { Tab } from "./tab.ts";

/** A tab's calls as they look from another thread: each answers with a promise. */
export type RemoteTab = {
  readonly [K in Exclude<keyof Tab, "facts">]: (
    ...args: Parameters<Tab[K]>
  ) => Promise<Awaited<ReturnType<Tab[K]>>>;
};

/** What the page knows without asking its worker. */
export interface SnapshotStore {
  snapshot(): SwarmSnapshot;
  subscribe(listener: (snapshot: SwarmSnapshot) => void): () => void;
}

/** The page API over a tab that lives in a worker. `ready` also gates every call: whoever wasn't let in gets the reason. */
export function createEdgeloom(
  version: string,
  parts: { readonly ready: Promise<Device>; readonly tab: RemoteTab; readonly store: SnapshotStore },
): Edgeloom {
  const { ready, tab, store } = parts;
  const afterReady = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      await ready;
      return await call();
    } catch (error) {
      throw named(error);
    }
  };
  async function* stream(request: GenerateRequest): AsyncGenerator<TokenEvent, GenerateResult> {
    const id = await afterReady(() => tab.startGeneration(request));
    let isOver = false;
    try {
      for (;;) {
        const { events, result } = await afterReady(() => tab.pullGeneration(id));
        yield* events;
        if (!result) continue;
        isOver = true;
        return result;
      }
    } finally {
      if (!isOver) await tab.cancelGeneration(id);
    }
  }
  return {
    version,
    ready,
    snapshot: store.snapshot,
    subscribe: store.subscribe,
    plan: (request) => afterReady(() => tab.plan(request)),
    load: (request) => afterReady(() => tab.load(request)),
    unload: () => afterReady(() => tab.unload()),
    async generate(request) {
      const tokens = stream(request);
      for (;;) {
        const { done, value } = await tokens.next();
        if (done) return value;
      }
    },
    stream,
    evaluate: (request) => afterReady(() => tab.evaluate(request)),
    tokenize: (text) => afterReady(() => tab.tokenize(text)),
    finetune: () => Promise.reject(missing("finetune")),
    exportWeights: () => Promise.reject(missing("exportWeights")),
    setAdapter: () => Promise.reject(missing("setAdapter")),
  };
}

/** Errors lose their class between threads, not their name; one without a name of ours is a fault of this device. */
function named(error: unknown): Error {
  if (error instanceof Error && isErrorName(error.name)) return error;
  return new EdgeloomError("DeviceLost", error instanceof Error ? error.message : String(error));
}
