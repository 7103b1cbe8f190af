import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  counted,
  formatBytes,
  formatGflops,
  formatLayers,
  formatMs,
  formatPercent,
  formatTokensPerSecond,
  fraction,
} from "./format.ts";

describe("formatting", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [4_943_872, "4.94 MB"],
    [99_960_000, "100 MB"],
    [999_400_000, "999 MB"],
    [999_500_000, "1.00 GB"],
    [2.5e15, "2500 TB"],
  ])("%d bytes read %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [null, "–"],
    [Number.NaN, "–"],
    [0, "0 ms"],
    [0.004, "0 ms"],
    [0.84, "0.84 ms"],
    [9.996, "10.0 ms"],
    [12.44, "12.4 ms"],
    [250.4, "250 ms"],
    [999.6, "1.00 s"],
    [61_200, "61.2 s"],
  ])("%d milliseconds read %s", (ms, text) => expect(formatMs(ms)).toBe(text));

  test("bytes read back to within half a percent, in at most three digits, with a unit", () => {
    const factors = new Map([
      ["B", 1],
      ["kB", 1e3],
      ["MB", 1e6],
      ["GB", 1e9],
      ["TB", 1e12],
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9e14 }), (bytes) => {
        const [digits = "", unit = ""] = formatBytes(bytes).split(" ");
        expect(digits.replace(".", "").length).toBeLessThanOrEqual(3);
        expect(Math.abs(Number(digits) * factors.get(unit)! - bytes) / bytes).toBeLessThanOrEqual(0.00501);
      }),
    );
  });

  test("rates and speeds without a measurement claim nothing", () => {
    expect([formatTokensPerSecond(null), formatTokensPerSecond(Number.POSITIVE_INFINITY)]).toEqual([
      "– tokens/s",
      "– tokens/s",
    ]);
    expect([formatGflops(0), formatGflops(Number.NaN)]).toEqual(["– GFLOPS", "– GFLOPS"]);
    expect([formatGflops(412.3), formatGflops(1250), formatTokensPerSecond(8.312)]).toEqual([
      "412 GFLOPS",
      "1.25 TFLOPS",
      "8.31 tokens/s",
    ]);
  });

  test("100 % is said only of the whole, and a share never leaves 0 to 1", () => {
    expect(formatPercent(fraction(999, 1000))).toBe("99 %");
    expect(formatPercent(fraction(1000, 1000))).toBe("100 %");
    expect([fraction(5, 0), fraction(-1, 4), fraction(9, 4)]).toEqual([0, 0, 1]);
  });

  test("half-open layer ranges are said with both ends included", () => {
    expect([formatLayers(0, 3), formatLayers(5, 6), formatLayers(2, 2)]).toEqual([
      "layers 0–2",
      "layer 5",
      "no layers",
    ]);
    expect([counted(1, "token"), counted(0, "token")]).toEqual(["1 token", "0 tokens"]);
  });
});
