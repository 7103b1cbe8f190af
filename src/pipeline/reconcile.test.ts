import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextStep, type StageKey } from "./reconcile.ts";

const self = "el-me";
const placements = fc.record({
  id: fc.constantFrom("first", "second", "third"),
  stages: fc.array(fc.record({ devices: fc.subarray([self, "el-you", "el-they"], { minLength: 1 }) }), {
    minLength: 1,
    maxLength: 6,
  }),
});
const anyPlacement = fc.option(placements, { freq: 4 });
const anyHeld = fc.uniqueArray(
  fc.record({ placement: fc.constantFrom("first", "second", "third"), index: fc.nat(7) }),
  { maxLength: 10, selector: ({ placement, index }) => `${placement} ${index}` },
);

type Placed = Parameters<typeof nextStep>[0];
const text = ({ placement, index }: StageKey): string => `${placement} ${index}`;
const wantedOf = (placement: Placed): readonly string[] =>
  placement?.stages.flatMap(({ devices }, index) =>
    devices.includes(self) ? [`${placement.id} ${index}`] : [],
  ) ?? [];

/** Obeys until there is nothing to do, and gives what was held after every step. */
function obey(placement: Placed, start: readonly StageKey[]): readonly (readonly StageKey[])[] {
  let held = start;
  const history = [held];
  for (let step = nextStep(placement, held, self); step; step = nextStep(placement, held, self)) {
    const { type, key } = step;
    const isHeld = held.some((other) => text(other) === text(key));
    expect(isHeld).toBe(type === "unload");
    held = type === "load" ? [...held, key] : held.filter((other) => text(other) !== text(key));
    history.push(held);
    expect(history.length).toBeLessThan(30);
  }
  return history;
}

describe("obeying nextStep", () => {
  test("ends with exactly the placement's stages, after one step for each difference", () => {
    fc.assert(
      fc.property(anyPlacement, anyHeld, (placement, start) => {
        const history = obey(placement, start);
        const wanted = wantedOf(placement);
        expect(history.at(-1)?.map(text).sort()).toEqual([...wanted].sort());
        const before = new Set(start.map(text));
        const kept = wanted.filter((key) => before.has(key)).length;
        expect(history).toHaveLength(1 + start.length + wanted.length - 2 * kept);
      }),
    );
  });

  test("never loads while anything of another placement is held", () => {
    fc.assert(
      fc.property(anyPlacement, anyHeld, (placement, start) => {
        const history = obey(placement, start);
        history.slice(1).forEach((held, step) => {
          const grew = held.length > history[step]!.length;
          if (grew) expect(new Set(held.map((key) => key.placement))).toEqual(new Set([placement?.id]));
        });
      }),
    );
  });

  test("doesn't touch what is already as it should be", () => {
    fc.assert(
      fc.property(placements, (placement) => {
        const held = placement.stages.flatMap(({ devices }, index) =>
          devices.includes(self) ? [{ placement: placement.id, index }] : [],
        );
        expect(nextStep(placement, held, self)).toBeNull();
      }),
    );
  });
});
