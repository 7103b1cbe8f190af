import { expect, test } from "vitest";
import { checkFinite } from "./finite.ts";

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "%s anywhere is refused, and its place told",
  (bad) => {
    for (const at of [0, 3, 7]) {
      const values = new Float32Array(8).fill(0.5);
      values[at] = bad;
      const refused = {
        name: "DeviceLost",
        message: expect.stringContaining(`at ${at} of 8 values of logits`),
      };
      expect(() => checkFinite(values, "logits")).toThrowError(expect.objectContaining(refused));
    }
  },
);

test("numbers of any size pass", () => {
  expect(() => checkFinite(Float32Array.from([0, -0, 3.4e38, -3.4e38, 1e-45]), "logits")).not.toThrow();
});
