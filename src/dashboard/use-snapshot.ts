import { useCallback, useSyncExternalStore } from "react";
import type { Edgeloom, SwarmSnapshot } from "../page-api.ts";

/** The swarm as this tab knows it now; renders again after every change. */
export function useSnapshot(edgeloom: Edgeloom): SwarmSnapshot {
  const subscribe = useCallback((listener: () => void) => edgeloom.subscribe(listener), [edgeloom]);
  const snapshot = useCallback(() => edgeloom.snapshot(), [edgeloom]);
  return useSyncExternalStore(subscribe, snapshot);
}
