import { expect, test } from "vitest";
import { type Door, openDoor } from "./door.ts";
import { createVirtualWorld, type VirtualWorld } from "./testing/virtual-world.ts";

/** A signalling server that knows one id, and tabs that search for its holder. */
function street(world: VirtualWorld) {
  let holder: string | null = null;
  const guests = new Map<string, { readonly host: string; readonly onEnd: () => void }>();
  const holding = new Set<string>();
  const doors = new Map<string, Door>();
  const knocks: string[] = [];
  const enter = (name: string): void => {
    const door = openDoor({
      world,
      claim: ({ onHeld, onTaken }) => {
        const free = holder === null;
        if (free) holder = name;
        world.after(5, () => (free ? onHeld(true) : onTaken()));
        return { release: () => (holder = holder === name ? null : holder) };
      },
      knock: ({ onOpen, onEnd }) => {
        const host = holder;
        knocks.push(name);
        if (host === null) {
          world.after(5000, () => doors.get(name)?.unanswered());
          return { close: onEnd };
        }
        guests.set(name, { host, onEnd });
        world.after(20, onOpen);
        return { close: onEnd };
      },
      onHolding: (held) => (held ? holding.add(name) : holding.delete(name)),
    });
    doors.set(name, door);
  };
  const leave = (name: string): void => {
    doors.get(name)?.close();
    doors.delete(name);
    holding.delete(name);
    for (const guest of [...guests.values()]) if (guest.host === name) guest.onEnd();
    for (const door of doors.values()) door.lostPeer(name);
  };
  return { enter, leave, holding, guests, doors, knocks, holder: () => holder };
}

test("the first tab holds the door at once, later ones go in to it", async () => {
  const world = createVirtualWorld(Math.random);
  const { enter, holding, guests } = street(world);
  enter("a");
  await world.pass(10);
  expect([...holding]).toEqual(["a"]);
  enter("b");
  enter("c");
  await world.pass(100);
  expect([...guests.values()].map(({ host }) => host)).toEqual(["a", "a"]);
  expect([...holding]).toEqual(["a"]);
});

test("when the holder goes, exactly one of the others takes the door and the rest go in to it", async () => {
  const world = createVirtualWorld(Math.random);
  const { enter, leave, holding, guests, holder } = street(world);
  for (const name of ["a", "b", "c", "d"]) enter(name);
  await world.pass(200);
  leave("a");
  await world.pass(2000);
  expect(holding.size).toBe(1);
  expect([...holding]).toEqual([holder()]);
  const inside = [...guests].filter(([, { host }]) => host === holder()).map(([name]) => name);
  expect(new Set([...inside, holder()])).toEqual(new Set(["b", "c", "d"]));
});

test("a tab that is linked with the holder otherwise needs no connection through the door", async () => {
  const world = createVirtualWorld(Math.random);
  const { enter, leave, guests, doors, knocks, holding } = street(world);
  enter("a");
  enter("b");
  await world.pass(100);
  doors.get("b")!.foundHolder("a");
  guests.get("b")!.onEnd();
  doors.get("b")!.lostPeer("someone else");
  await world.pass(60_000);
  expect(knocks).toEqual(["b"]);
  leave("a");
  await world.pass(2000);
  expect([...holding]).toEqual(["b"]);
});

test("a door that is taken but doesn't answer is tried again, ever more slowly, until it opens", async () => {
  const world = createVirtualWorld(() => 1);
  let tries = 0;
  let opens = false;
  const door = openDoor({
    world,
    claim: ({ onTaken }) => {
      world.after(1, onTaken);
      return { release: () => {} };
    },
    knock: ({ onOpen, onEnd }) => {
      tries += 1;
      if (opens) world.after(1, onOpen);
      return { close: onEnd };
    },
    onHolding: () => {},
  });
  await world.pass(60_000);
  expect(tries).toBeGreaterThan(3);
  expect(tries).toBeLessThan(8);
  opens = true;
  await world.pass(30_000);
  const settled = tries;
  await world.pass(300_000);
  expect(tries).toBe(settled);
  door.close();
});
