import type { Runtime } from "../compute/runtime.ts";
import type { DecoderShape } from "../models/decoder.ts";
import type { SliceGraph } from "../models/slice.ts";
import { stepFeeds } from "../models/step-feeds.ts";
import type { WireFormat } from "../tensor/codec/wire.ts";
import { decodeRows, encodeRows } from "../tensor/codec/wire.ts";
import { EdgeloomError, failureOf } from "../tensor/edgeloom-error.ts";
import { type F32Tensor, f32Tensor, i32Tensor, type Tensor } from "../tensor/tensor.ts";
import type { Course, Frame, Lap } from "../transport/frame.ts";
import type { DeviceId } from "../transport/link.ts";
import { checkFinite } from "./finite.ts";
import { sampleToken } from "./inference/sample.ts";
import { scoreRows } from "./inference/score.ts";

/** Frames that a stage computes on. */
export type StageFrame = Extract<Frame, { readonly type: "ids" | "hidden" }>;

export interface StageOptions {
  readonly runtime: Runtime;
  /** The runtime's name for the loaded slice; also begins the keys of its caches. */
  readonly program: string;
  readonly shape: DecoderShape;
  readonly slice: SliceGraph;
  readonly wire: WireFormat;
  /** Where hidden states go; null at the last stage, which answers the asker. */
  readonly next: DeviceId | null;
  /** Bytes that all caches of this stage may take together. */
  readonly cacheBudgetBytes: number;
  send(device: DeviceId, frame: Frame): Promise<void>;
  now(): number;
}

/** Position k of a placement on this device: frame in, slice, frame out. */
export interface Stage {
  /** Computes and sends on; never rejects: what goes wrong is told to the asker. `wireMs` is how long the frame was under way. */
  handle(frame: StageFrame, wireMs: number): Promise<void>;
  /** Frees the caches of a generation. */
  release(generation: string): Promise<void>;
  /** Frees the caches of every generation that one of these devices asked for. */
  releaseAskers(isPresent: (device: DeviceId) => boolean): Promise<void>;
  /** Generations that hold caches here. */
  generations(): readonly string[];
}

interface Generation {
  readonly asker: DeviceId;
  /** Rows in its caches. */
  length: number;
}

export function createStage(options: StageOptions): Stage {
  const generations = new Map<string, Generation>();
  const release = async (generation: string) => {
    generations.delete(generation);
    await options.runtime.free(cacheKey(options, generation, ""));
  };
  const advance = async (frame: StageFrame, wireMs: number) => {
    const { generation, asker, position } = frame.course;
    const rows = rowsOf(frame);
    checkRoom(options, generations, { ...frame.course, rows });
    if (position === 0 && generations.has(generation)) await release(generation);
    const state = generations.get(generation) ?? { asker, length: 0 };
    generations.set(generation, state);
    // Counted before the run: the next frame of this generation may come while this one computes.
    state.length = position + rows;
    const { output, computeMs } = await compute(options, frame, rows);
    await passOn(options, frame.course, { output, rows, lap: { computeMs, wireMs } });
  };
  return {
    async handle(frame, wireMs) {
      try {
        await advance(frame, wireMs);
      } catch (error) {
        await release(frame.course.generation).catch(() => {});
        const failed = { type: "failed", course: frame.course, failure: failureOf(error) } as const;
        // An asker that can't be reached any more has no use for the reason either.
        await options.send(frame.course.asker, failed).catch(() => {});
      }
    },
    release,
    async releaseAskers(isPresent) {
      for (const [generation, { asker }] of generations) if (!isPresent(asker)) await release(generation);
    },
    generations: () => [...generations.keys()],
  };
}

const rowsOf = (frame: StageFrame): number => (frame.type === "ids" ? frame.ids.length : frame.rows);

/** The slash ends the id, so that no generation's key begins with another's. */
const cacheKey = ({ program }: StageOptions, generation: string, cache: string): string =>
  `${program}/${generation}/${cache}`;

/** Refuses a step that doesn't continue what is cached, leaves the context, or would overfill the memory for caches. */
function checkRoom(
  { shape, slice, cacheBudgetBytes }: StageOptions,
  generations: ReadonlyMap<string, Generation>,
  step: { readonly generation: string; readonly position: number; readonly rows: number },
): void {
  const cached = generations.get(step.generation)?.length ?? 0;
  const length = step.position + step.rows;
  if (step.rows === 0) throw new EdgeloomError("InvalidRequest", "a step needs at least one row");
  if (step.position !== 0 && step.position !== cached)
    throw new EdgeloomError(
      "InvalidRequest",
      `the step starts at position ${step.position}, but ${cached} rows are cached; start the generation anew`,
    );
  if (length > shape.contextLength)
    throw new EdgeloomError(
      "InvalidRequest",
      `position ${length} is beyond the model's context of ${shape.contextLength} tokens; shorten the prompt or maxTokens`,
    );
  const rowBytes = 4 * shape.kvHeads * shape.headDim * slice.caches.length;
  const others = [...generations].reduce(
    (sum, [id, { length }]) => sum + (id === step.generation ? 0 : length),
    0,
  );
  const neededBytes = rowBytes * (others + length);
  if (neededBytes > cacheBudgetBytes)
    throw new EdgeloomError(
      "DoesNotFit",
      `the caches of ${generations.size + (cached ? 0 : 1)} generations need ${neededBytes - cacheBudgetBytes} bytes more than this device has left; wait for one to end, or shorten the prompt`,
    );
}

async function compute(
  options: StageOptions,
  frame: StageFrame,
  rows: number,
): Promise<{ readonly output: F32Tensor; readonly computeMs: number }> {
  const { runtime, program, shape, slice } = options;
  const { generation, position, ask } = frame.course;
  const taken = ask.type === "score" ? Array.from({ length: rows }, (_, row) => row) : [rows - 1];
  const result = await runtime.run({
    program,
    feeds: { ...stepFeeds(shape, slice, { position, rows, taken }), ...entering(frame, shape, slice) },
    residents: slice.caches.map((cache) => ({ ...cache, key: cacheKey(options, generation, cache.input) })),
    fetch: [slice.output],
  });
  const output = result.outputs[slice.output];
  if (output?.dtype !== "f32")
    throw new EdgeloomError("DeviceLost", `the slice gave no ${slice.output} of f32`);
  checkFinite(output.data, slice.output);
  return { output, computeMs: result.computeMs };
}

/** What enters the slice from outside: token ids where it has the embedding, else hidden states. */
function entering(
  frame: StageFrame,
  { hiddenSize, vocabularySize }: DecoderShape,
  { graph }: SliceGraph,
): Readonly<Record<string, Tensor>> {
  const wantsIds = graph.inputs.some(({ name }) => name === "ids");
  if (wantsIds !== (frame.type === "ids"))
    throw new EdgeloomError(
      "InvalidRequest",
      `this stage takes ${wantsIds ? "token ids" : "hidden states"}, not ${frame.type}`,
    );
  if (frame.type === "ids") {
    const unknown = frame.ids.find((id) => id < 0 || id >= vocabularySize);
    if (unknown !== undefined)
      throw new EdgeloomError(
        "InvalidRequest",
        `token id ${unknown} is not one of the model's ${vocabularySize}`,
      );
    return { ids: i32Tensor([frame.ids.length], frame.ids) };
  }
  if (frame.width !== hiddenSize)
    throw new EdgeloomError(
      "InvalidRequest",
      `hidden states are ${frame.width} wide, but this model's are ${hiddenSize}`,
    );
  return { hidden: f32Tensor([frame.rows, frame.width], decodeRows(frame.payload, frame)) };
}

async function passOn(
  options: StageOptions,
  arrived: Course,
  { output, rows, lap }: { readonly output: F32Tensor; readonly rows: number; readonly lap: Lap },
): Promise<void> {
  const course = { ...arrived, laps: [...arrived.laps, lap], sentAtMs: options.now() };
  if (options.next === null) return options.send(course.asker, answer(course, output.data, rows));
  const width = options.shape.hiddenSize;
  const payload = encodeRows(output.data, width, options.wire);
  await options.send(options.next, { type: "hidden", course, rows, width, format: options.wire, payload });
}

function answer(course: Course, logits: Float32Array<ArrayBuffer>, rows: number): Frame {
  const { ask } = course;
  switch (ask.type) {
    case "token":
      return { type: "token", course, id: sampleToken(logits, ask, course.position + rows) };
    case "score": {
      if (ask.targets.length !== rows)
        throw new EdgeloomError("InvalidRequest", `${ask.targets.length} targets for ${rows} rows`);
      const unknown = ask.targets.find((target) => target >= logits.length / rows);
      if (unknown !== undefined)
        throw new EdgeloomError("InvalidRequest", `target ${unknown} is not one of the model's tokens`);
      return { type: "score", course, ...scoreRows(logits, ask.targets) };
    }
    case "nothing":
      return { type: "passed", course };
    default:
      return ask satisfies never;
  }
}
