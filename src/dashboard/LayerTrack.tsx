import type { CSSProperties } from "react";

/** Above this, single layers would be thinner than the gaps between them. */
const mostCells = 48;

interface LayerTrackProps {
  readonly start: number;
  readonly end: number;
  /** Of the whole model: the track's full width. */
  readonly layers: number;
}

/** Layers [start, end) as cells on a track of all layers; for the eye only, the text beside it says the same. */
export function LayerTrack({ start, end, layers }: LayerTrackProps) {
  const held = end - start;
  const style: CSSProperties & Record<`--${string}`, number> = {
    "--from": layers > 0 ? start / layers : 0,
    "--share": layers > 0 ? held / layers : 0,
    "--cells": Math.max(1, held),
  };
  return (
    <span className="track" aria-hidden="true">
      <span className={layers > mostCells ? "track-held" : "track-held track-cells"} style={style} />
    </span>
  );
}
