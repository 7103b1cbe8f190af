import type { Edgeloom, SwarmSnapshot } from "../page-api.ts";
import type { BundledModel } from "./bundled-model.ts";
import { ErrorNote } from "./ErrorNote.tsx";
import { LoadProgress } from "./LoadProgress.tsx";
import { loadStateOf } from "./load-state.ts";
import { ModelFacts } from "./ModelFacts.tsx";
import { ModelForm } from "./ModelForm.tsx";
import { Panel } from "./Panel.tsx";
import { useLoad } from "./use-load.ts";

interface ModelProps {
  readonly edgeloom: Edgeloom;
  readonly snapshot: SwarmSnapshot;
  readonly models: readonly BundledModel[];
  readonly isJoined: boolean;
}

/** What the room runs, and what it could run. */
export function Model({ edgeloom, snapshot, models, isJoined }: ModelProps) {
  const loading = useLoad(edgeloom);
  const state = loadStateOf(snapshot);
  const isLoading = state.type === "loading" || loading.isBusy;
  const isPlaced = snapshot.placement !== null;
  const form = (
    <ModelForm
      edgeloom={edgeloom}
      devices={snapshot.devices}
      models={models}
      isJoined={isJoined}
      isBusy={isLoading}
      onLoad={loading.load}
    />
  );
  return (
    <Panel title="Model">
      {snapshot.model ? <ModelFacts facts={snapshot.model} models={models} /> : null}
      {isLoading ? <LoadProgress state={state} /> : null}
      {loading.failure ? <ErrorNote failure={loading.failure} /> : null}
      {isPlaced ? (
        <div className="actions">
          <button type="button" onClick={loading.unload}>
            Unload
          </button>
        </div>
      ) : null}
      {isPlaced ? (
        <details className="more">
          <summary>Place anew or change the model</summary>
          {form}
        </details>
      ) : (
        form
      )}
    </Panel>
  );
}
