import { useEffect, useState } from "react";
import type { Edgeloom } from "../page-api.ts";
import { type Failure, failureOf } from "../tensor/edgeloom-error.ts";

export type Readiness =
  | { readonly type: "joining" }
  | { readonly type: "joined" }
  | { readonly type: "failed"; readonly failure: Failure };

/** Whether this tab has joined its room. */
export function useReady(edgeloom: Edgeloom): Readiness {
  const [readiness, setReadiness] = useState<Readiness>({ type: "joining" });
  useEffect(() => {
    let isCurrent = true;
    const settle = (next: Readiness): void => {
      if (isCurrent) setReadiness(next);
    };
    edgeloom.ready.then(
      () => settle({ type: "joined" }),
      (error: unknown) => settle({ type: "failed", failure: failureOf(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [edgeloom]);
  return readiness;
}
