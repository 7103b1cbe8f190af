import { useCallback, useRef, useState } from "react";
import type { Edgeloom } from "../page-api.ts";
import { type Failure, failureOf } from "../tensor/edgeloom-error.ts";
import { type Choice, resolveChoice } from "./choice.ts";

export interface Loading {
  /** This tab waits for its own load or unload. */
  readonly isBusy: boolean;
  readonly failure: Failure | null;
  load(choice: Choice): void;
  unload(): void;
}

/** Loads and unloads from this tab, and keeps the failure of the last attempt. */
export function useLoad(edgeloom: Edgeloom): Loading {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  // Unloading ends a load that is under way: only the latest attempt may say how things stand.
  const attempt = useRef(0);
  const run = useCallback((work: () => Promise<unknown>): void => {
    attempt.current++;
    const mine = attempt.current;
    setBusy(true);
    setFailure(null);
    const settle = (next: Failure | null): void => {
      if (mine !== attempt.current) return;
      setBusy(false);
      setFailure(next);
    };
    work().then(
      () => settle(null),
      (error: unknown) => settle(failureOf(error)),
    );
  }, []);
  const load = useCallback(
    (choice: Choice) => run(async () => edgeloom.load((await resolveChoice(edgeloom, choice)).request)),
    [edgeloom, run],
  );
  const unload = useCallback(() => run(() => edgeloom.unload()), [edgeloom, run]);
  return { isBusy, failure, load, unload };
}
