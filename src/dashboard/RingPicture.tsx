import type { CSSProperties } from "react";
import { formatBytes, formatLayers, formatMs, unknownValue } from "./format.ts";
import { LayerTrack } from "./LayerTrack.tsx";
import type { Hop, Ring, RingStage } from "./ring.ts";

/** With more stages the row would be too narrow for names, however wide the page: then the ring runs down. */
const mostInRow = 3;

/** The ring as a row that closes below, or as a column that closes at the side; hidden from screen readers, which get sentences. */
export function RingPicture({ ring }: { readonly ring: Ring }) {
  return (
    <div className="ring-frame">
      <div
        className={ring.stages.length <= mostInRow ? "ring ring-row" : "ring"}
        data-busy={ring.isBusy}
        data-testid="ring"
        aria-hidden="true"
      >
        <div className="asker">
          <span className="stage-name">{ring.asker.isSelf ? "This tab" : ring.asker.name}</span>
          <span className="hint">asks</span>
        </div>
        {ring.stages.map((stage, k) => (
          <StageView key={stage.start} stage={stage} layers={ring.layers} thread={k % 8} />
        ))}
        <div className="back">
          <span className="back-label number">{backText(ring)}</span>
        </div>
      </div>
    </div>
  );
}

interface StageViewProps {
  readonly stage: RingStage;
  readonly layers: number;
  readonly thread: number;
}

function StageView({ stage, layers, thread }: StageViewProps) {
  const style: CSSProperties & Record<`--${string}`, number> = { "--layers": stage.end - stage.start };
  return (
    <div
      className="stage"
      style={style}
      data-thread={thread}
      data-testid="stage"
      data-device={stage.deviceIds[0]}
      data-start={stage.start}
      data-end={stage.end}
    >
      <HopView hop={stage.hop} />
      <div className="stage-box">
        <LayerTrack start={stage.start} end={stage.end} layers={layers} />
        <div className="stage-line">
          <span className="stage-name" title={stage.holder}>
            {stage.holder}
          </span>
          <span className="stage-ms number" data-testid="compute-ms">
            {stage.computeMs === null ? `≈ ${formatMs(stage.predictedMs)}` : formatMs(stage.computeMs)}
          </span>
        </div>
        <p className="stage-facts number">
          <span>{formatLayers(stage.start, stage.end)}</span>
          <span>{formatBytes(stage.weightBytes)}</span>
        </p>
        <p className="stage-marks">
          {stage.embedding ? <span className="mark-tag">embedding</span> : null}
          {stage.head ? <span className="mark-tag">head</span> : null}
          {stage.isSelf ? <span className="tag">this tab</span> : null}
        </p>
      </div>
    </div>
  );
}

function HopView({ hop }: { readonly hop: Hop }) {
  return (
    <div className="hop" data-path={hop.path}>
      <span className="hop-ms number" data-testid="wire-ms">
        {hop.wireMs === null ? unknownValue : formatMs(hop.wireMs)}
      </span>
      <span className="hop-line" />
      <span className="hop-rtt number">{wayText(hop)}</span>
    </div>
  );
}

function wayText({ path, rttMs }: Hop): string {
  if (path === "here") return "same tab";
  if (rttMs === null) return "";
  return `${path === "relay" ? "relay" : "rtt"} ${formatMs(rttMs)}`;
}

function backText({ asker, back }: Ring): string {
  const way = wayText(back);
  return `token back to ${asker.isSelf ? "this tab" : asker.name}${way === "" ? "" : ` · ${way}`}`;
}
