import { formatBytes } from "./format.ts";
import type { LoadState } from "./load-state.ts";
import { ProgressBar } from "./ProgressBar.tsx";

/** The room's load as a whole; each device shows its own part. */
export function LoadProgress({ state }: { readonly state: LoadState }) {
  if (state.type !== "loading" || state.totalBytes === 0) {
    return (
      <div className="load-progress">
        <p className="number">Preparing…</p>
        <ProgressBar label="Loading the model" part={null} whole={1} />
      </div>
    );
  }
  return (
    <div className="load-progress">
      <p className="number">
        Loading {formatBytes(state.loadedBytes)} of {formatBytes(state.totalBytes)}
      </p>
      <ProgressBar label="Loading the model" part={state.loadedBytes} whole={state.totalBytes} />
    </div>
  );
}
