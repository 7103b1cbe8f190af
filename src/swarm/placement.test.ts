import { expect, test } from "vitest";
import { parsePagePlacement, parsePlacement } from "./placement.ts";
import { placementOn } from "./testing/village.ts";

const whole = placementOn("a");
/** With the embedding where it says "e", with the head where it says "h". */
const stage = (start: number, end: number, ends = "") => ({
  start,
  end,
  embedding: ends.includes("e"),
  head: ends.includes("h"),
  devices: ["a"],
  weightBytes: 1,
  predictedMs: 1,
});

test("a placement comes out as it went in, without what isn't known of it", () => {
  const halves = { ...whole, stages: [stage(0, 1, "e"), stage(1, 4, "h")] };
  expect(parsePlacement(structuredClone({ ...halves, litter: 1 }))).toEqual(halves);
});

test("[S1] stages that don't cover every layer once and in order, with the ends in place, are no placement", () => {
  const broken = [
    [],
    [stage(0, 3, "eh")],
    [stage(0, 5, "eh")],
    [stage(1, 4, "eh")],
    [stage(0, 2, "e"), stage(3, 4, "h")],
    [stage(0, 2, "e"), stage(1, 4, "h")],
    [stage(2, 4, "e"), stage(0, 2, "h")],
    [stage(0, 4, "h")],
    [stage(0, 4, "e")],
    [stage(0, 2, "eh"), stage(2, 4, "eh")],
  ];
  for (const stages of broken) expect(parsePlacement({ ...whole, stages })).toBeNull();
});

test("other ids, formats and amounts are no placement", () => {
  const patches = [
    { id: "0" },
    { id: "0".repeat(17) },
    { wire: "f64" },
    { layers: -4 },
    { predictedTokenMs: Number.NaN },
  ];
  for (const patch of patches) expect(parsePlacement({ ...whole, ...patch })).toBeNull();
  for (const nothing of [null, undefined, 3, "x", []]) expect(parsePlacement(nothing)).toBeNull();
});

test("an answer to a load that is no placement is a mismatch of protocols", () => {
  expect(parsePagePlacement(whole)).toMatchObject({ id: whole.id });
  expect(() => parsePagePlacement({ id: whole.id })).toThrow(
    expect.objectContaining({ name: "ProtocolMismatch" }),
  );
});
