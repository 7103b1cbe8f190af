import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDemoSettings } from "./demo-settings.ts";
import { spreadEvenly } from "./spread.ts";
import { formatTable } from "./table.ts";

test("[S1] an even spread covers every layer once, in order, with stages that differ by one layer at most", () => {
  const devices = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), devices, (layers, names) => {
      const spread = spreadEvenly(layers, names);
      expect(spread.map(({ device }) => device)).toEqual(names.slice(0, layers));
      const covered = spread.flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, i) => start + i),
      );
      expect(covered).toEqual(Array.from({ length: layers }, (_, layer) => layer));
      const sizes = spread.map(({ start, end }) => end - start);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(Math.min(...sizes)).toBeGreaterThan(0);
    }),
  );
});

test("the demo opens three tabs unless told otherwise", () => {
  expect(parseDemoSettings([])).toMatchObject({ tabs: 3, model: "fables-1m", backend: "wasm", json: false });
  const told = parseDemoSettings([
    "--tabs",
    "5",
    "--model=hf:a/b",
    "--prompt",
    "Hi",
    "--backend",
    "webgpu",
    "--json",
  ]);
  expect(told).toEqual({ tabs: 5, model: "hf:a/b", prompt: "Hi", backend: "webgpu", json: true });
});

test("what the demo can't do is refused by name", () => {
  for (const tabs of ["0", "33", "2.5", "many"]) {
    expect(() => parseDemoSettings(["--tabs", tabs])).toThrow(`--tabs is "${tabs}"`);
  }
  expect(() => parseDemoSettings(["--backend", "cuda"])).toThrow('--backend is "cuda"');
  expect(() => parseDemoSettings(["--prompt", " "])).toThrow("--prompt is empty");
  expect(() => parseDemoSettings(["--speed", "9"])).toThrow("--speed");
});

test("a table's columns are as wide as their widest cell, numbers to the right", () => {
  expect(
    formatTable(
      ["tab", "ms"],
      [
        ["one", 1],
        ["three", 12.5],
      ],
    ),
  ).toBe("tab      ms\none       1\nthree  12.5");
});
