import type { Device, SwarmSnapshot } from "./page-api.ts";
import type { SnapshotStore } from "./pipeline/page-edgeloom.ts";

/** The page's latest snapshot, and who wants to hear of the next. */
export interface PageStore extends SnapshotStore {
  show(snapshot: SwarmSnapshot): void;
}

export function createPageStore(first: SwarmSnapshot): PageStore {
  const listeners = new Set<(snapshot: SwarmSnapshot) => void>();
  let current = first;
  return {
    snapshot: () => current,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    show(snapshot) {
      current = snapshot;
      for (const listener of [...listeners]) listener(snapshot);
    },
  };
}

/** What there is to see before the working thread has said anything: this device, joining. */
export function joiningSnapshot(
  room: string,
  self: { readonly id: string; readonly name: string; readonly role: Device["role"] },
): SwarmSnapshot {
  const device: Device = {
    ...self,
    backend: "wasm",
    threads: 0,
    memoryBudgetBytes: 0,
    memoryUsedBytes: 0,
    gflops: 0,
    status: "joining",
    visible: true,
    loading: null,
    failure: null,
  };
  return {
    room,
    self: self.id,
    coordinator: self.id,
    devices: [device],
    links: [],
    placement: null,
    generations: [],
    jobs: [],
    model: null,
    laps: [],
    notices: [],
  };
}
