import type { Device, Placement } from "../page-api.ts";
import { ErrorNote } from "./ErrorNote.tsx";
import { formatBytes, formatLayers, formatMs } from "./format.ts";
import { LayerTrack } from "./LayerTrack.tsx";
import { nameOf } from "./ring.ts";
import type { Preview } from "./use-plan.ts";

interface PlanPreviewProps {
  readonly preview: Preview;
  readonly devices: readonly Device[];
}

/** Who would hold what, before anything is loaded. */
export function PlanPreview({ preview, devices }: PlanPreviewProps) {
  return (
    <div className="preview" data-testid="plan" data-state={preview.type} aria-live="polite">
      <PreviewBody preview={preview} devices={devices} />
    </div>
  );
}

function PreviewBody({ preview, devices }: PlanPreviewProps) {
  switch (preview.type) {
    case "none":
      return null;
    case "planning":
      return <p className="hint">Planning…</p>;
    case "failed":
      return <ErrorNote failure={preview.failure} isUrgent={false} />;
    case "planned":
      break;
    default:
      return preview satisfies never;
  }
  const { plan } = preview;
  if (plan.type === "placed") return <Predicted placement={plan.placement} devices={devices} />;
  return (
    <div className="note note-warn" data-testid="infeasible">
      <p className="note-title">Doesn't fit: {formatBytes(plan.missingBytes)} missing</p>
      <p>{plan.reason}</p>
    </div>
  );
}

interface PredictedProps {
  readonly placement: Placement;
  readonly devices: readonly Device[];
}

function Predicted({ placement, devices }: PredictedProps) {
  const layers = placement.stages.at(-1)?.end ?? 0;
  return (
    <>
      <p className="preview-head">
        Plan <span className="hint number">about {formatMs(placement.predictedTokenMs)} a token</span>
      </p>
      <ol className="preview-stages">
        {placement.stages.map((stage, k) => (
          <li key={stage.start} data-thread={k % 8}>
            <LayerTrack start={stage.start} end={stage.end} layers={layers} />
            <span className="preview-name">{stage.devices.map((id) => nameOf(devices, id)).join(" + ")}</span>
            <span className="hint number">
              {formatLayers(stage.start, stage.end)} · {formatBytes(stage.weightBytes)}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
