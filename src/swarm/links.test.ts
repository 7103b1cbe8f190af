import fc from "fast-check";
import { expect, test } from "vitest";
import type { Room } from "./room.ts";
import { expectAgreement, seen } from "./testing/agreement.ts";
import { createVillage } from "./testing/village.ts";

test("when both sides of a pair connect at once, one link is left", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { minLength: 2, maxLength: 4 }),
      async (calls) => {
        const village = createVillage();
        village.join("a", null);
        village.join("b", null);
        for (const [isLeft, waitMs] of calls) {
          village.link(isLeft ? "a" : "b", isLeft ? "b" : "a");
          await village.world.pass(waitMs);
        }
        await village.world.pass(1000);
        expectAgreement(village);
        await village.world.pass(30_000);
        expectAgreement(village);
        village.close();
      },
    ),
    { numRuns: 20 },
  );
});

test("when the two sides see two links in opposite order, one of them is left", async () => {
  const village = createVillage();
  const a = village.join("a", null);
  const b = village.join("b", null);
  // A village adds both ends of a link together; here the ends of the second arrive first at one side.
  const added: (() => void)[] = [];
  const swap = (room: Room) => {
    const add = room.addLink;
    return (link: Parameters<Room["addLink"]>[0]) => void added.push(() => add(link));
  };
  Object.assign(b, { addLink: swap(b) });
  village.link("a", "b");
  village.link("a", "b");
  for (const add of added.reverse()) add();
  await village.world.pass(1000);
  expectAgreement(village);
  await village.world.pass(30_000);
  expectAgreement(village);
  expect(seen(a)).toEqual(["a", "b"]);
  village.close();
});

test("of each pair the smaller id calls, once", async () => {
  const village = createVillage();
  for (const id of ["c", "a", "d", "b"]) village.join(id, id === "c" ? null : "c");
  await village.world.pass(1000);
  expectAgreement(village);
  // Everybody came by the door of c.
  expect(village.calls.map((pair) => pair.join("")).sort()).toEqual(["ab", "ad", "bd"]);
  village.close();
});
