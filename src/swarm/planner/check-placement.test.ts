import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryProblem, device, gpt, nameOf } from "../testing/problems.ts";
import { checkPlacement } from "./check-placement.ts";
import { plan } from "./plan.ts";

describe("checkPlacement", () => {
  const devices = [device("a", 1000), device("b", 1000), device("c", 100)];
  const check = (...ranges: readonly (readonly [string, number, number])[]) =>
    checkPlacement(
      gpt(4, devices),
      ranges.map(([id, start, end]) => ({ device: id, start, end })),
    );

  test("a placement by hand is used as it is", () => {
    const result = check(["b", 0, 1], ["a", 1, 4]);
    if (result.type !== "placed") throw new Error(result.reason);
    expect(result.placement.stages.map((s) => [s.devices[0], s.start, s.end, s.embedding, s.head])).toEqual([
      ["b", 0, 1, true, false],
      ["a", 1, 4, false, true],
    ]);
  });

  test("what the planner places passes the check with the same prediction", () => {
    fc.assert(
      fc.property(arbitraryProblem, (problem) => {
        const result = plan(problem);
        if (result.type === "infeasible") return;
        const ranges = result.placement.stages.map(({ devices: [id], start, end }) => ({
          device: id ?? "",
          start,
          end,
        }));
        expect(checkPlacement(problem, ranges)).toEqual(result);
      }),
    );
  });

  test("gaps, overlaps, strangers and fractions are invalid", () => {
    const wrong: readonly (readonly (readonly [string, number, number])[])[] = [
      [],
      [["a", 0, 3]],
      [["a", 1, 4]],
      [["a", 0, 5]],
      [
        ["a", 0, 2],
        ["b", 3, 4],
      ],
      [
        ["a", 0, 3],
        ["b", 2, 4],
      ],
      [["z", 0, 4]],
      [
        ["a", 0, 0],
        ["b", 0, 4],
      ],
      [
        ["a", 0, 1.5],
        ["b", 1.5, 4],
      ],
      [
        ["a", 0, Number.NaN],
        ["b", Number.NaN, 4],
      ],
    ];
    for (const ranges of wrong) expect(nameOf(() => check(...ranges))).toBe("InvalidRequest");
  });

  test("what a device can't hold is infeasible, with the bytes that it lacks for all its ranges together", () => {
    expect(check(["c", 0, 1], ["a", 1, 4])).toMatchObject({ type: "infeasible", missingBytes: 50 });
    // Embedding and layer 0, layer 3 and head: 150 bytes each, nothing of a tied weight saved across two slices.
    expect(check(["c", 0, 1], ["a", 1, 3], ["c", 3, 4])).toMatchObject({
      type: "infeasible",
      missingBytes: 200,
    });
    expect(check(["a", 0, 1], ["b", 1, 3], ["a", 3, 4])).toMatchObject({ type: "placed" });
  });
});
