import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Runtime } from "../compute/runtime.ts";
import { type Model, openModel } from "../models/model.ts";
import { randomCheckpoint } from "../models/testing/random-checkpoint.ts";
import { referenceGreedy } from "../models/testing/reference.ts";
import { memoryFolder } from "../tensor/checkpoint/memory-folder.ts";
import type { Ask, Course, Frame } from "../transport/frame.ts";
import { loadStage } from "./load-stage.ts";
import { createStage, type Stage, type StageFrame } from "./stage.ts";
import { nodeRuntime } from "./testing/slice-runner.ts";

const checkpoint = randomCheckpoint({ family: "llama", seed: 21, dtype: "F32", shards: 1 });
const { layers, context } = { layers: 3, context: 128 };
/** Two caches of every layer, a row of each: 2 heads of 16 values. */
const rowBytes = layers * 2 * 2 * 16 * 4;

let runtime: Runtime;
let model: Model;
beforeAll(async () => {
  runtime = await nodeRuntime();
  model = await openModel(memoryFolder(checkpoint.files));
});

interface Sent {
  readonly to: string;
  readonly frame: Frame;
}
const sent: Sent[] = [];
const programs: string[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) {
    await runtime.free(`${program}/`);
    await runtime.unload(program);
  }
  sent.length = 0;
  expect(await runtime.memory()).toEqual({ weightBytes: 0, residentBytes: 0 });
});

const whole = { start: 0, end: layers, embedding: true, head: true };

async function stageOf(slice = whole, cacheBudgetBytes = 2 ** 20): Promise<Stage> {
  const program = `p.${programs.length}`;
  programs.push(program);
  const loaded = await loadStage({
    runtime,
    model,
    slice,
    program,
    budgetBytes: 2 ** 30,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return createStage({
    runtime,
    program,
    shape: model.decoder.shape,
    slice: loaded,
    wire: "f32",
    next: slice.head ? null : "el-next",
    cacheBudgetBytes,
    send: async (to, frame) => void sent.push({ to, frame }),
    now: () => 0,
  });
}

const greedy: Ask = { type: "token", temperature: 0, topK: 0, topP: 1, seed: 0 };
const courseOf = (generation: string, position: number, ask: Ask = greedy): Course => ({
  placement: "00000000000000aa",
  generation,
  asker: `asker-of-${generation}`,
  position,
  ask,
  sentAtMs: 0,
  laps: [],
});
const idsFrame = (generation: string, position: number, ids: readonly number[]): StageFrame => ({
  type: "ids",
  course: courseOf(generation, position),
  ids: Int32Array.from(ids),
});

/** The frame that answers this one, and to whom it went. */
async function answerTo(stage: Stage, frame: StageFrame): Promise<Sent> {
  await stage.handle(frame, 1);
  const answer = sent.pop();
  if (!answer) throw new Error("nothing was answered");
  return answer;
}

const residentBytes = async (): Promise<number> => (await runtime.memory()).residentBytes;

interface Talk {
  readonly id: string;
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
}

async function nextToken(stage: Stage, { id, prompt, tokens }: Talk): Promise<number> {
  const entering = tokens.length === 0 ? prompt : tokens.slice(-1);
  const position = tokens.length === 0 ? 0 : prompt.length + tokens.length - 1;
  const { frame, to } = await answerTo(stage, idsFrame(id, position, entering));
  expect(to).toBe(`asker-of-${id}`);
  if (frame.type !== "token") throw new Error(`the answer is ${JSON.stringify(frame)}`);
  return frame.id;
}

/** Told to the asker, by name, and nothing of the generation is kept. */
async function expectFailure(answer: Sent, name: string, facts: readonly string[]): Promise<void> {
  expect(answer.frame).toMatchObject({ type: "failed", failure: { name } });
  const { frame, to } = answer;
  if (frame.type !== "failed") return;
  expect(to).toBe(frame.course.asker);
  for (const fact of facts) expect(frame.failure.message).toContain(fact);
}

describe("a stage refuses by name, and frees the generation's caches", () => {
  test.each([
    { title: "a gap", position: 5, facts: ["5", "3"] },
    { title: "a step back", position: 2, facts: ["2", "3"] },
  ])("$title in the positions: InvalidRequest", async ({ position, facts }) => {
    const stage = await stageOf();
    await stage.handle(idsFrame("a", 0, [3, 14, 15]), 1);
    expect(await residentBytes()).toBe(3 * rowBytes);
    await expectFailure(await answerTo(stage, idsFrame("a", position, [9])), "InvalidRequest", facts);
    expect(stage.generations()).toEqual([]);
    expect(await residentBytes()).toBe(0);
  });

  test("a generation that never began: InvalidRequest", async () => {
    const stage = await stageOf();
    await expectFailure(await answerTo(stage, idsFrame("a", 7, [9])), "InvalidRequest", ["7", "0"]);
  });

  test("more than the context: InvalidRequest; exactly the context is computed", async () => {
    const stage = await stageOf();
    const full = Array.from({ length: context }, (_, position) => position % 90);
    expect((await answerTo(stage, idsFrame("a", 0, full))).frame.type).toBe("token");
    const facts = [String(context + 1), String(context)];
    await expectFailure(await answerTo(stage, idsFrame("a", context, [1])), "InvalidRequest", facts);
    await expectFailure(await answerTo(stage, idsFrame("b", 0, [...full, 1])), "InvalidRequest", facts);
    expect(await residentBytes()).toBe(0);
  });

  test("more than the memory for caches: DoesNotFit says how much; the other generation goes on", async () => {
    const stage = await stageOf(whole, 10 * rowBytes);
    expect((await answerTo(stage, idsFrame("a", 0, [1, 2, 3, 4]))).frame.type).toBe("token");
    expect((await answerTo(stage, idsFrame("b", 0, [1, 2, 3, 4, 5]))).frame.type).toBe("token");
    await expectFailure(await answerTo(stage, idsFrame("b", 5, [6, 7])), "DoesNotFit", [`${rowBytes} bytes`]);
    expect(stage.generations()).toEqual(["a"]);
    expect(await residentBytes()).toBe(4 * rowBytes);
    expect((await answerTo(stage, idsFrame("a", 4, [5]))).frame.type).toBe("token");
  });

  test.each([97, -1])("token id %i: InvalidRequest", async (id) => {
    const stage = await stageOf();
    await expectFailure(await answerTo(stage, idsFrame("a", 0, [1, id])), "InvalidRequest", [
      String(id),
      "97",
    ]);
    expect(stage.generations()).toEqual([]);
  });

  test("hidden states of the wrong width, or where ids belong: InvalidRequest", async () => {
    const hidden = (width: number): StageFrame => ({
      type: "hidden",
      course: courseOf("a", 0),
      rows: 1,
      width,
      format: "f32",
      payload: new Uint8Array(4 * width),
    });
    const later = await stageOf({ start: 1, end: layers, embedding: false, head: true });
    await expectFailure(await answerTo(later, hidden(32)), "InvalidRequest", ["32", "64"]);
    await expectFailure(await answerTo(later, idsFrame("a", 0, [1])), "InvalidRequest", ["hidden states"]);
    const first = await stageOf();
    await expectFailure(await answerTo(first, hidden(64)), "InvalidRequest", ["token ids"]);
    expect([...later.generations(), ...first.generations()]).toEqual([]);
    expect(await residentBytes()).toBe(0);
  });

  test("targets that don't match the rows: InvalidRequest", async () => {
    const stage = await stageOf();
    const course = courseOf("a", 0, { type: "score", targets: Int32Array.of(1) });
    const frame: StageFrame = { type: "ids", course, ids: Int32Array.of(1, 2, 3) };
    await expectFailure(await answerTo(stage, frame), "InvalidRequest", ["1", "3"]);
    expect(await residentBytes()).toBe(0);
  });
});

describe("generations", () => {
  const prompts = { a: [3, 14, 15, 92], b: [65, 35], c: [89] } as const;

  test("[P3] that interleave get the tokens of the reference, each its own", async () => {
    const stage = await stageOf();
    const steps = 8;
    const talks = Object.entries(prompts).map(([id, prompt]) => ({ id, prompt, tokens: Array.of<number>() }));
    for (let step = 0; step < steps; step++)
      for (const talk of talks) talk.tokens.push(await nextToken(stage, talk));
    for (const { prompt, tokens } of talks)
      expect(tokens).toEqual(referenceGreedy(checkpoint, prompt, steps));
  });

  test("are freed one by one, or with the device that asked", async () => {
    const stage = await stageOf();
    for (const [generation, prompt] of Object.entries(prompts))
      await stage.handle(idsFrame(generation, 0, prompt), 1);
    expect(await residentBytes()).toBe(7 * rowBytes);
    await stage.release("a");
    expect(await residentBytes()).toBe(3 * rowBytes);
    await stage.releaseAskers((asker) => asker !== "asker-of-b");
    expect(stage.generations()).toEqual(["c"]);
    expect(await residentBytes()).toBe(1 * rowBytes);
    await stage.release("c");
  });

  test("begin anew at position 0: a replay gives the same token", async () => {
    const stage = await stageOf();
    const first = await answerTo(stage, idsFrame("a", 0, prompts.a));
    const again = await answerTo(stage, idsFrame("a", 0, prompts.a));
    expect(again.frame).toMatchObject({ type: "token", id: referenceGreedy(checkpoint, prompts.a, 1)[0] });
    expect(first.frame).toMatchObject({ type: "token", id: referenceGreedy(checkpoint, prompts.a, 1)[0] });
    expect(await residentBytes()).toBe(prompts.a.length * rowBytes);
  });
});
