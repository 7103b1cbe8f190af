import { formatLayers, formatMs } from "./format.ts";
import type { Hop, Ring, RingStage } from "./ring.ts";

/** The ring in sentences, for those who can't see the picture: one for each stage, then the way back. */
export function describeRing(ring: Ring): readonly string[] {
  const asker = ring.asker.isSelf ? "this tab" : ring.asker.name;
  const stages = ring.stages.map((stage, k) => {
    const before = ring.stages[k - 1]?.holder ?? asker;
    return `Stage ${k + 1} of ${ring.stages.length}: ${stage.holder} holds ${holdings(stage)}, ${computeText(stage)}, ${hopText(stage.hop, before)}.`;
  });
  return [...stages, `The token goes back to ${asker}${viaText(ring.back)}.`];
}

/** What a stage holds: "layers 0–2 and the embedding". */
function holdings({ start, end, embedding, head }: RingStage): string {
  const parts = [formatLayers(start, end)];
  if (embedding) parts.push("the embedding");
  if (head) parts.push("the head");
  const last = parts.pop() ?? "";
  return parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
}

const computeText = ({ computeMs, predictedMs }: RingStage): string =>
  computeMs === null ? `predicted to compute ${formatMs(predictedMs)}` : `computes ${formatMs(computeMs)}`;

const hopText = (hop: Hop, from: string): string =>
  hop.wireMs === null
    ? `comes from ${from}${viaText(hop)}`
    : `${formatMs(hop.wireMs)} on the wire from ${from}${viaText(hop)}`;

function viaText({ path, rttMs }: Hop): string {
  if (path === "here") return " in the same tab";
  if (path === "unknown") return "";
  return path === "relay"
    ? ` over a relay, round trip ${formatMs(rttMs)}`
    : `, round trip ${formatMs(rttMs)}`;
}
