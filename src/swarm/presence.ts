import * as v from "valibot";
import { EdgeloomError, type Failure, isErrorName } from "../tensor/edgeloom-error.ts";
import type { Frozen } from "./frozen.ts";

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(amount, v.integer());
/** Between two clocks: as these drift, it may come out a little below zero. */
const span = v.pipe(v.number(), v.finite());
const shortText = v.pipe(v.string(), v.maxLength(200));
const longText = v.pipe(v.string(), v.maxLength(4000));
const list = <const S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.maxLength(1024));

const failure = v.object({
  name: v.custom<Failure["name"]>((name) => typeof name === "string" && isErrorName(name)),
  message: longText,
});

const heldStage = v.object({
  placement: shortText,
  /** Position in the placement. */
  stage: count,
  state: v.picklist(["loading", "ready", "failed"]),
  loadedBytes: count,
  totalBytes: count,
  failure: v.nullable(failure),
});

const presence = v.object({
  device: v.object({
    id: shortText,
    name: shortText,
    backend: v.picklist(["webgpu", "wasm"]),
    threads: count,
    memoryBudgetBytes: count,
    gflops: amount,
    role: v.picklist(["device", "client", "viewer"]),
  }),
  /** Whether it has measured itself. */
  isProfiled: v.boolean(),
  visible: v.boolean(),
  memoryUsedBytes: count,
  held: list(heldStage),
  generations: list(v.object({ id: shortText, tokens: count, tokensPerSecond: amount })),
  /** Times of the stages in the latest generation it asked for. */
  laps: list(v.object({ device: shortText, start: count, end: count, computeMs: amount, wireMs: span })),
  links: list(
    v.object({ to: shortText, rttMs: span, bytesPerSecond: amount, path: v.picklist(["direct", "relay"]) }),
  ),
});

/** What a device says of itself; the others believe it only on the link that leads to it. */
export type Presence = Frozen<v.InferOutput<typeof presence>>;
export type HeldStage = Presence["held"][number];

/** The presence in a peer's awareness entry; null when it is malformed. */
export function parsePresence(entry: unknown): Presence | null {
  const result = v.safeParse(v.object({ presence }), entry);
  return result.success ? result.output.presence : null;
}

/** What this device says of itself. Throws InvalidRequest when the others would refuse it. */
export function checkPresence(own: Presence): Presence {
  const result = v.safeParse(presence, own);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new EdgeloomError(
    "InvalidRequest",
    `${v.getDotPath(issue) ?? "presence"} of this device is out of bounds: ${issue.message}`,
  );
}
