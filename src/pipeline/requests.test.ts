import { describe, expect, test } from "vitest";
import { missing, parseEvaluate, parseGenerate, parseLoad } from "./requests.ts";

const refusal = (field: string) =>
  expect.objectContaining({ name: "InvalidRequest", message: expect.stringContaining(field) });

const prompt = "Once";
const maxTokens = 4;

describe("generate", () => {
  test("a plain request gets the contract's defaults", () => {
    expect(parseGenerate({ prompt, maxTokens })).toEqual({
      prompt,
      maxTokens,
      temperature: 0,
      topK: 0,
      topP: 1,
      seed: 0,
      stopAtEnd: true,
      speculation: "auto",
    });
  });

  test.each<readonly [string, unknown]>([
    ["prompt", { prompt: "", maxTokens }],
    ["prompt", { prompt: 7, maxTokens }],
    ["exactly one of prompt, messages and promptIds", { maxTokens }],
    ["exactly one of prompt, messages and promptIds", { prompt, promptIds: [1], maxTokens }],
    ["exactly one", { prompt, messages: [{ role: "user", content: "a" }], maxTokens }],
    ["messages", { messages: [], maxTokens }],
    ["messages.0.role", { messages: [{ role: "boss", content: "a" }], maxTokens }],
    ["messages.0.content", { messages: [{ role: "user", content: 1 }], maxTokens }],
    ["promptIds", { promptIds: [], maxTokens }],
    ["promptIds.1", { promptIds: [1, -1], maxTokens }],
    ["promptIds.0", { promptIds: [0.5], maxTokens }],
    ["promptIds.0", { promptIds: [2 ** 31], maxTokens }],
    ["promptIds", { promptIds: "12", maxTokens }],
    ["maxTokens", { prompt }],
    ["maxTokens", { prompt, maxTokens: 0 }],
    ["maxTokens", { prompt, maxTokens: 1.5 }],
    ["maxTokens", { prompt, maxTokens: Number.POSITIVE_INFINITY }],
    ["temperature", { prompt, maxTokens, temperature: -0.1 }],
    ["temperature", { prompt, maxTokens, temperature: Number.NaN }],
    ["temperature", { prompt, maxTokens, temperature: "hot" }],
    ["topK", { prompt, maxTokens, topK: -1 }],
    ["topK", { prompt, maxTokens, topK: 1.5 }],
    ["topP", { prompt, maxTokens, topP: 0 }],
    ["topP", { prompt, maxTokens, topP: 1.01 }],
    ["seed", { prompt, maxTokens, seed: -1 }],
    ["seed", { prompt, maxTokens, seed: 0.5 }],
    ["seed", { prompt, maxTokens, seed: 2 ** 31 }],
    ["stopAtEnd", { prompt, maxTokens, stopAtEnd: "no" }],
    ["speculation", { prompt, maxTokens, speculation: "wild" }],
    ["prompt-lookup", { prompt, maxTokens, speculation: "prompt-lookup" }],
  ])("%s is named in the refusal of %j", (field, request) => {
    expect(() => parseGenerate(request)).toThrowError(refusal(field));
  });
});

describe("load", () => {
  test("a model alone is loaded exactly, over all devices", () => {
    expect(parseLoad({ model: "m" })).toEqual({
      model: "m",
      objective: "latency",
      weights: "f32",
      wire: "f32",
      replicas: 1,
    });
  });

  const device = "el-a";
  test.each<readonly [string, unknown]>([
    ["model", {}],
    ["model", { model: "" }],
    ["model", { model: 1 }],
    ["objective", { model: "m", objective: "speed" }],
    ["weights", { model: "m", weights: "f8" }],
    ["weights: f16", { model: "m", weights: "f16" }],
    ["weights: q8", { model: "m", weights: "q8" }],
    ["weights: q4", { model: "m", weights: "q4" }],
    ["wire", { model: "m", wire: "zip" }],
    ["placement", { model: "m", placement: [] }],
    ["placement.0.device", { model: "m", placement: [{ start: 0, end: 1 }] }],
    ["placement.0.start", { model: "m", placement: [{ device, start: -1, end: 1 }] }],
    ["placement.0.end", { model: "m", placement: [{ device, start: 0, end: 0.5 }] }],
    ["replicas", { model: "m", replicas: 0 }],
    ["replicas", { model: "m", replicas: 2 }],
    ["devices", { model: "m", devices: "all" }],
    ["devices.0", { model: "m", devices: [1] }],
  ])("%s is named in the refusal of %j", (field, request) => {
    expect(() => parseLoad(request)).toThrowError(refusal(field));
  });

  test.each([null, undefined, 7, "model", []])("a peer's %j is no request", (value) => {
    expect(() => parseLoad(value)).toThrowError(refusal("load"));
  });
});

describe("evaluate", () => {
  test.each<readonly [string, unknown]>([
    ["sequences", {}],
    ["sequences", { sequences: [] }],
    ["sequences.0", { sequences: [[]] }],
    ["sequences.1.0", { sequences: [[1], [-1]] }],
    ["sequences.0.1", { sequences: [[1, Number.NaN]] }],
  ])("%s is named in the refusal of %j", (field, request) => {
    expect(() => parseEvaluate(request)).toThrowError(refusal(field));
  });
});

test("what isn't there yet names itself", () => {
  expect(missing("finetune")).toEqual(refusal("finetune"));
});
