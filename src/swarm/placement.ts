import * as v from "valibot";
import type { Placement } from "../page-api.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { Frozen } from "./frozen.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const shortText = v.pipe(v.string(), v.minLength(1), v.maxLength(2000));

const stage = v.object({
  start: count,
  end: count,
  devices: v.pipe(v.array(shortText), v.minLength(1), v.maxLength(64)),
  embedding: v.boolean(),
  head: v.boolean(),
  weightBytes: count,
  predictedMs: amount,
});

const pagePlacement = v.object({
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  model: shortText,
  stages: v.pipe(v.array(stage), v.minLength(1), v.maxLength(1024)),
  predictedTokenMs: amount,
});

const record = v.object({
  ...pagePlacement.entries,
  /** How hidden states cross the wire. */
  wire: v.picklist(["f32", "f16", "q8"]),
  /** Layers of the model. */
  layers: count,
});

/** The placement as the room shares it: the page's, and what stages need besides. */
export type PlacementRecord = Frozen<v.InferOutput<typeof record>>;

/** The placement in the shared state; null when there is none, or what is there makes no sense. */
export function parsePlacement(value: unknown): PlacementRecord | null {
  const result = v.safeParse(record, value);
  return result.success && coversOnce(result.output) ? result.output : null;
}

/** Whether the stages cover every layer once, in order, with the embedding before and the head behind [S1]. */
function coversOnce({ stages, layers }: PlacementRecord): boolean {
  const joints = stages.every(
    ({ start, end }, index) => start === (stages[index - 1]?.end ?? 0) && end >= start,
  );
  const ends = stages.every(
    ({ embedding, head }, index) => embedding === (index === 0) && head === (index === stages.length - 1),
  );
  return joints && ends && stages.at(-1)?.end === layers;
}

/** The placement that the coordinator answers a load with. Throws ProtocolMismatch when it is none. */
export function parsePagePlacement(value: unknown): Placement {
  const result = v.safeParse(pagePlacement, value);
  if (result.success) return result.output;
  throw new EdgeloomError(
    "ProtocolMismatch",
    "the coordinator answered a load with no placement; reload its tab",
  );
}
