import { describe, expect, test } from "vitest";
import { defaultSamplingFields, parseSampling } from "./sampling.ts";

describe("sampling settings", () => {
  test("the defaults are greedy, and leave top-k, top-p and seed out", () => {
    expect(parseSampling(defaultSamplingFields)).toEqual({
      type: "valid",
      sampling: { maxTokens: 200, temperature: 0, topK: null, topP: null, seed: null },
    });
  });

  test("numbers come as they were typed", () => {
    const fields = { maxTokens: " 12 ", temperature: "0.7", topK: "40", topP: "0.95", seed: "0" };
    expect(parseSampling(fields)).toEqual({
      type: "valid",
      sampling: { maxTokens: 12, temperature: 0.7, topK: 40, topP: 0.95, seed: 0 },
    });
  });

  test.each([
    ["maxTokens", ["", "0", "-1", "1.5", "NaN", "many", "Infinity"]],
    ["temperature", ["", "-0.1", "hot", "Infinity"]],
    ["topK", ["0", "1.5", "-3"]],
    ["topP", ["0", "1.01", "-0.2"]],
    ["seed", ["-1", "0.5", "4294967296"]],
  ] as const)("a %s that makes no sense is named", (field, texts) => {
    for (const text of texts) {
      const parsed = parseSampling({ ...defaultSamplingFields, [field]: text });
      expect(parsed.type === "invalid" ? Object.keys(parsed.problems) : []).toEqual([field]);
    }
  });
});
