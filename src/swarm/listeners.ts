/** Those who want to know that something has changed. */
export interface Listeners {
  /** Returns the function that takes it away again. */
  add(listener: () => void): () => void;
  call(): void;
  close(): void;
}

export function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    call() {
      for (const listener of [...listeners]) listener();
    },
    close: () => listeners.clear(),
  };
}
