import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectAgreement, expectAgreementWith, seen } from "./testing/agreement.ts";
import { createVillage, mulberry, placementOn, presenceOf, type Village } from "./testing/village.ts";

const names = ["a", "b", "c", "d", "e"];
const arrival = fc.record({ door: fc.nat(4), waitMs: fc.oneof(fc.constant(0), fc.nat(200)) });
const orders = fc.shuffledSubarray(names, { minLength: 3 });

describe("[S2] all tabs of a room agree within a second of quiet", () => {
  test("whoever joins in whatever order, at whichever door, at once or one after the other", async () => {
    await fc.assert(
      fc.asyncProperty(orders, fc.array(arrival), fc.nat(1000), async (order, doors, seed) => {
        const village = createVillage(mulberry(seed));
        for (const [i, id] of order.entries()) {
          const { door = 0, waitMs = 0 } = doors[i] ?? {};
          village.join(id, order[door % Math.max(1, i)] === id ? null : (order[door % i] ?? null));
          await village.world.pass(waitMs);
        }
        await village.world.pass(1000);
        expectAgreement(village);
        village.close();
      }),
      { numRuns: 40 },
    );
  });

  test("on what each says of itself", async () => {
    const village = createVillage();
    const a = village.join("a", null);
    const b = village.join("b", "a");
    await village.world.pass(1000);
    for (let tokens = 1; tokens <= 30; tokens++) {
      a.setPresence({ generations: [{ id: "g", tokens, tokensPerSecond: 3 }] });
      b.setPresence({ memoryUsedBytes: tokens });
      await village.world.pass(7);
    }
    b.setPresence({ visible: false });
    await village.world.pass(1000);
    expectAgreement(village);
    expect(b.presence().get("a")?.generations[0]?.tokens).toBe(30);
    expect(a.presence().get("b")).toMatchObject({ visible: false, memoryUsedBytes: 30 });
    village.close();
  });

  test("on the placement: the coordinator's, and nobody else's, also when it left right after", async () => {
    const village = createVillage();
    const b = village.join("b", null, "client");
    const a = village.join("a", "b", "client");
    const c = village.join("c", "b");
    await village.world.pass(1000);
    expect([a.coordinator(), b.coordinator(), c.coordinator()]).toEqual(["c", "c", "c"]);
    expect(() => a.adopt(placementOn("c"))).toThrow(/coordinator/);
    c.adopt(placementOn("c"));
    c.adopt(placementOn("c", "00000000000000bb"));
    await village.world.pass(30);
    const d = village.join("d", "b");
    village.leave("c");
    await village.world.pass(1000);
    expectAgreement(village);
    expect(d.placement()).toEqual(placementOn("c", "00000000000000bb"));
    expect(d.coordinator()).toBe("d");
    d.adopt(null);
    await village.world.pass(1000);
    expect([a, b, d].map((room) => room.placement())).toEqual([null, null, null]);
    village.close();
  });

  test("on a placement whose writer left before everybody had met it", async () => {
    const village = createVillage();
    const a = village.join("a", null);
    village.join("b", "a");
    await village.world.pass(1000);
    a.adopt(placementOn("b", "00000000000000a1"));
    village.join("c", "b");
    await village.world.pass(10);
    expect(village.linksBetween("a", "c")).toBe(0);
    a.adopt(placementOn("b", "00000000000000a2"));
    village.leave("a");
    await village.world.pass(1000);
    expectAgreement(village);
    expect(village.rooms.get("c")?.placement()?.id).toBe("00000000000000a2");
    village.close();
  });

  test("on a placement that changes in the moment in which somebody joins", async () => {
    const village = createVillage();
    const a = village.join("a", null);
    a.adopt(placementOn("a", "00000000000000a1"));
    const b = village.join("b", "a");
    a.adopt(placementOn("a", "00000000000000a2"));
    await village.world.pass(1000);
    expectAgreement(village);
    expect(b.placement()?.id).toBe("00000000000000a2");
    expect(a.notices()).toEqual([]);
    expect(b.notices()).toEqual([]);
    village.close();
  });

  test("on a placement that was written while half of the room didn't know the other half", async () => {
    const village = createVillage();
    for (const id of ["a", "b"]) village.join(id, id === "a" ? null : "a");
    for (const id of ["c", "d"]) village.join(id, id === "c" ? null : "c");
    await village.world.pass(500);
    village.rooms.get("a")?.adopt(placementOn("b", "00000000000000a1"));
    village.rooms.get("c")?.adopt(placementOn("d", "00000000000000c1"));
    await village.world.pass(500);
    village.link("b", "d");
    await village.world.pass(1000);
    expectAgreement(village);
    expect(["00000000000000a1", "00000000000000c1"]).toContain(village.rooms.get("a")?.placement()?.id);
    village.close();
  });

  test("again after a link broke between two tabs that live on", async () => {
    const village = createVillage();
    const a = village.join("a", null);
    village.join("b", "a");
    village.join("c", "a");
    await village.world.pass(1000);
    const before = a.linkTo("b");
    before?.close({ type: "lost", message: "the network changed" });
    await village.world.pass(1000);
    expectAgreement(village);
    expect(a.linkTo("b")).not.toBe(before);
    village.close();
  });
});

const step = fc.record({
  type: fc.constantFrom("join" as const, "leave" as const, "crash" as const),
  who: fc.nat(9),
  waitMs: fc.oneof(fc.constant(0), fc.nat(400)),
});

/** Somebody joins at another's door, or another leaves, with or without a word; the host stays. */
function act(
  village: Village,
  type: "join" | "leave" | "crash",
  { who, id }: { readonly who: number; readonly id: string },
): void {
  const others = [...village.rooms.keys()].filter((other) => other !== "host");
  const one = others[who % Math.max(1, others.length)];
  if (type === "join" && others.length < 4) village.join(id, one ?? "host");
  if (type !== "join" && one !== undefined) village[type](one);
}

describe("[S3] no ghost: a device that left is gone from every view within 5 s", () => {
  test("who closes is gone at once", async () => {
    const village = createVillage();
    for (const [i, id] of names.entries()) village.join(id, i === 0 ? null : "a");
    await village.world.pass(1000);
    village.leave("a");
    village.leave("d");
    await village.world.pass(100);
    expectAgreement(village);
    expect(village.rooms.get("e")?.coordinator()).toBe("b");
    village.close();
  });

  test("also when several go at once, without a word, in the middle of joins", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), fc.nat(1000), async (steps, seed) => {
        const village = createVillage(mulberry(seed));
        village.join("host", null);
        for (const [i, { who, waitMs, type }] of steps.entries()) {
          act(village, type, { who, id: `${"kxbr"[who % 4]}${i}` });
          await village.world.pass(waitMs);
        }
        await village.world.pass(5000);
        for (const room of village.rooms.values())
          expect(seen(room).filter((id) => !village.rooms.has(id))).toEqual([]);
        // Who met only tabs that left is alone; who is linked to the host agrees with it.
        await village.world.pass(16_000);
        expectAgreementWith(village, "host");
        village.close();
      }),
      { numRuns: 40 },
    );
  });

  test("a third tab's word brings nobody back, and drives nobody out", async () => {
    const village = createVillage();
    village.join("a", null);
    village.join("b", "a");
    village.join("c", "a");
    await village.world.pass(1000);
    village.crash("b");
    // c still speaks of b while a has just noticed.
    village.rooms
      .get("c")
      ?.setPresence({ links: [{ to: "b", rttMs: 1, bytesPerSecond: 1, path: "direct" }] });
    await village.world.pass(5000);
    expectAgreement(village);
    await village.world.pass(30_000);
    expectAgreement(village);
    village.close();
  });
});

test("a closed room has no timers of its own left, takes no links and changes no more", async () => {
  const village = createVillage();
  const a = village.join("a", null);
  village.join("b", "a");
  await village.world.pass(1000);
  let calls = 0;
  a.subscribe(() => calls++);
  village.leave("a");
  a.setPresence({ visible: false });
  await village.world.pass(40_000);
  expect(calls).toBe(0);
  expect(a.placement()).toBeNull();
  village.close();
});

test("progress is said at most ten times a second, a change of state at once", async () => {
  const village = createVillage();
  const a = village.join("a", null);
  const b = village.join("b", "a");
  await village.world.pass(1000);
  let heard = 0;
  b.subscribe(() => heard++);
  for (let i = 1; i <= 100; i++) {
    a.setPresence({ memoryUsedBytes: i });
    await village.world.pass(10);
  }
  expect(heard).toBeGreaterThanOrEqual(9);
  expect(heard).toBeLessThanOrEqual(11);
  a.setPresence({ visible: false });
  await village.world.pass(5);
  expect(b.presence().get("a")?.visible).toBe(false);
  village.close();
});

test("a presence that the others would refuse is refused here, by name", () => {
  const village = createVillage();
  const a = village.join("a", null);
  expect(() => a.setPresence({ memoryUsedBytes: Number.NaN })).toThrow(/memoryUsedBytes/);
  expect(a.presence().get("a")).toEqual(presenceOf("a"));
  village.close();
});
