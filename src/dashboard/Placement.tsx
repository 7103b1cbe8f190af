import type { SwarmSnapshot } from "../page-api.ts";
import { formatMs } from "./format.ts";
import { Panel } from "./Panel.tsx";
import { RingPicture } from "./RingPicture.tsx";
import { type Ring, ringOf } from "./ring.ts";
import { describeRing } from "./ring-text.ts";

/** Who holds which layers, in the order a token meets them, with the milliseconds of the last tokens. */
export function Placement({ snapshot }: { readonly snapshot: SwarmSnapshot }) {
  const ring = ringOf(snapshot);
  return (
    <Panel title="Placement" aside={ring ? <Lap ring={ring} /> : null}>
      {ring ? (
        <>
          <RingPicture ring={ring} />
          <ol className="unseen" data-testid="placement-text">
            {describeRing(ring).map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ol>
        </>
      ) : (
        <p className="teach">
          No model is placed. Load the bundled model: its layers are shared out over the devices of this room,
          and here you see who holds which.
        </p>
      )}
    </Panel>
  );
}

/** One turn of the ring: measured once tokens ran, predicted before. */
function Lap({ ring }: { readonly ring: Ring }) {
  const isMeasured = ring.stages.every(({ computeMs }) => computeMs !== null);
  const measuredMs = ring.stages.reduce(
    (ms, { computeMs, hop }) => ms + (computeMs ?? 0) + (hop.wireMs ?? 0),
    0,
  );
  return (
    <span className="hint number" data-testid="lap">
      {isMeasured
        ? `${formatMs(measuredMs)} a token`
        : `about ${formatMs(ring.predictedTokenMs)} a token, predicted`}
    </span>
  );
}
