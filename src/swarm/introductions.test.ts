import { expect, test } from "vitest";
import { createVirtualWorld } from "../transport/testing/virtual-world.ts";
import { createIntroductions } from "./introductions.ts";

/** Introductions of device m, with the seconds at which it calls. */
function introducing() {
  const world = createVirtualWorld();
  const startMs = world.now();
  const calls: string[] = [];
  const linked = new Set<string>();
  const introductions = createIntroductions({
    self: "m",
    world,
    connect: (device) => calls.push(`${device}@${(world.now() - startMs) / 1000}`),
    isLinked: (device) => linked.has(device),
  });
  return { world, calls, linked, introductions };
}

test("the smaller id calls at once and again after 3 s, the larger only then; both give up after 10 s", async () => {
  const { world, calls, introductions } = introducing();
  for (let i = 0; i < 3; i++) for (const device of ["z", "a", "m"]) introductions.mention(device);
  await world.pass(9000);
  expect(calls).toEqual(["z@0", "z@3", "a@3"]);
  await world.pass(2000);
  // Given up: for 10 s hearsay doesn't count.
  introductions.mention("z");
  expect(calls).toHaveLength(3);
  await world.pass(10_000);
  introductions.mention("z");
  expect(calls.slice(3)).toEqual(["z@21"]);
});

test("who is linked isn't called, who is known to be unreachable neither, until a link of its breaks", async () => {
  const { world, calls, linked, introductions } = introducing();
  introductions.mention("a");
  linked.add("a");
  introductions.linked("a");
  introductions.mention("z");
  introductions.unavailable("z");
  introductions.mention("z");
  await world.pass(5000);
  expect(calls).toEqual(["z@0"]);
  linked.delete("a");
  introductions.lost("a");
  introductions.lost("z");
  expect(calls).toEqual(["z@0", "z@5"]);
  await world.pass(3000);
  expect(calls).toEqual(["z@0", "z@5", "a@8", "z@8"]);
});

test("closed, it calls nobody any more", async () => {
  const { world, calls, introductions } = introducing();
  introductions.mention("a");
  introductions.close();
  introductions.mention("z");
  introductions.lost("z");
  introductions.unavailable("z");
  await world.pass(60_000);
  expect(calls).toEqual([]);
});
