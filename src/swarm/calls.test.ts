import { expect, test } from "vitest";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { CallOptions } from "./calls.ts";
import { createVillage, type Village } from "./testing/village.ts";

/** How a promise ends, without waiting for it. */
function watch(promise: Promise<unknown>): { readonly end: () => unknown } {
  let end: unknown = "waiting";
  promise.then(
    (value) => {
      end = value;
    },
    (error: unknown) => {
      end = error instanceof EdgeloomError ? [error.name, error.message] : error;
    },
  );
  return { end: () => end };
}

async function pairOf() {
  const village = createVillage();
  const a = village.join("a", null);
  const b = village.join("b", "a");
  await village.world.pass(500);
  return { village, a, b };
}
const ask = (village: Village, to: string, options: CallOptions = { body: null, timeoutMs: 1000 }) =>
  watch(village.rooms.get("a")?.request(to, "ask", options) ?? Promise.resolve());

test("an answer reaches who asked, be it another tab or this one, as the same JSON", async () => {
  const { village, a, b } = await pairOf();
  for (const room of [a, b]) room.serve("ask", async (body, from) => ({ body, from, none: undefined }));
  const body = { list: [1, null, "ä"], gone: undefined };
  const answers = ["a", "b"].map((to) => ask(village, to, { body, timeoutMs: 1000 }));
  await village.world.pass(100);
  for (const { end } of answers) expect(end()).toStrictEqual({ body: { list: [1, null, "ä"] }, from: "a" });
  village.close();
});

test("a hundred questions get each its own answer, in whatever order these come", async () => {
  const { village, a, b } = await pairOf();
  b.serve(
    "ask",
    (body) => new Promise((resolve) => village.world.after(Number(body) % 7, () => resolve(body))),
  );
  for (let round = 0; round < 2; round++) {
    const ids = Array.from({ length: 50 }, (_, i) => 50 * round + i);
    const ends = ids.map((body) => watch(a.request("b", "ask", { body, timeoutMs: 1000 })));
    await village.world.pass(100);
    expect(ends.map(({ end }) => end())).toEqual(ids);
  }
  village.close();
});

test("a failure crosses with its name and message; what has no name of ours is a lost device", async () => {
  const { village, a, b } = await pairOf();
  for (const room of [a, b]) {
    room.serve("ask", async (body) => {
      throw body === "ours"
        ? new EdgeloomError("DoesNotFit", "7 bytes are missing")
        : new TypeError("x is not y");
    });
    for (const [body, expected] of [
      ["ours", ["DoesNotFit", "7 bytes are missing"]],
      ["other", ["DeviceLost", "x is not y"]],
    ]) {
      const answer = ask(village, room.self, { body, timeoutMs: 1000 });
      await village.world.pass(100);
      expect(answer.end()).toEqual(expected);
    }
  }
  village.close();
});

test("an operation that nobody serves is refused by name", async () => {
  const { village } = await pairOf();
  const answers = ["a", "b"].map((to) => ask(village, to));
  await village.world.pass(100);
  for (const { end } of answers) expect(end()).toEqual(["InvalidRequest", expect.stringContaining("ask")]);
  village.close();
});

test("no answer in time is Unreachable, and the answer that comes after it changes nothing", async () => {
  const { village, b } = await pairOf();
  b.serve("ask", () => new Promise((resolve) => village.world.after(2000, () => resolve("late"))));
  const answer = ask(village, "b");
  await village.world.pass(990);
  expect(answer.end()).toBe("waiting");
  await village.world.pass(20);
  expect(answer.end()).toEqual(["Unreachable", expect.stringContaining("1000 ms")]);
  await village.world.pass(3000);
  expect(answer.end()).toEqual(["Unreachable", expect.stringContaining("1000 ms")]);
  village.close();
});

test("PeerLeft when the other tab leaves, isn't linked, or this one closes", async () => {
  const { village, a, b } = await pairOf();
  b.serve("ask", () => new Promise(() => {}));
  a.serve("ask", () => new Promise(() => {}));
  const stranger = ask(village, "z");
  const left = ask(village, "b", { body: null, timeoutMs: 60_000 });
  const own = ask(village, "a", { body: null, timeoutMs: 60_000 });
  await village.world.pass(100);
  expect(stranger.end()).toEqual(["PeerLeft", expect.stringContaining("z")]);
  expect([left.end(), own.end()]).toEqual(["waiting", "waiting"]);
  village.leave("b");
  await village.world.pass(100);
  expect(left.end()).toEqual(["PeerLeft", expect.stringContaining("b")]);
  village.leave("a");
  await village.world.pass(100);
  expect(own.end()).toEqual(["PeerLeft", expect.stringContaining("left the room")]);
});

test("only the device that was asked may answer", async () => {
  const { village, a, b } = await pairOf();
  const c = village.join("c", "a");
  await village.world.pass(500);
  b.serve("ask", () => new Promise(() => {}));
  const answer = watch(a.request("b", "ask", { body: null, timeoutMs: 1000 }));
  for (let id = 0; id < 10; id++)
    await c.linkTo("a")?.send({ type: "reply", id, body: "forged", failure: null });
  await village.world.pass(100);
  expect(answer.end()).toBe("waiting");
  village.close();
});

test("no more than 64 questions to one device wait, and no more than 64 of one device are served", async () => {
  const { village, a, b } = await pairOf();
  let serving = 0;
  b.serve("ask", () => {
    serving++;
    return new Promise(() => {});
  });
  const ends = Array.from({ length: 65 }, () => ask(village, "b", { body: null, timeoutMs: 60_000 }));
  await village.world.pass(100);
  expect(ends.map(({ end }) => end()).filter((end) => end === "waiting")).toHaveLength(64);
  expect(ends.at(-1)?.end()).toEqual(["InvalidRequest", expect.stringContaining("64")]);
  // A peer that doesn't keep to it.
  for (let id = 1000; id < 1010; id++)
    await a.linkTo("b")?.send({ type: "request", id, operation: "ask", body: null });
  await village.world.pass(100);
  expect(serving).toBe(64);
  village.close();
});

test("what has been answered keeps no clock running", async () => {
  const { village, b } = await pairOf();
  b.serve("ask", async () => 1);
  let running = 0;
  const { after } = village.world;
  Object.assign(village.world, {
    after(ms: number, action: () => void) {
      if (ms !== 77_777) return after(ms, action);
      running++;
      const cancel = after(ms, action);
      return () => {
        running--;
        cancel();
      };
    },
  });
  const ends = ["a", "b", "b"].map((to) => ask(village, to, { body: null, timeoutMs: 77_777 }));
  expect(running).toBe(3);
  await village.world.pass(100);
  expect(ends.map(({ end }) => end() === "waiting")).toEqual([false, false, false]);
  expect(running).toBe(0);
  village.close();
});
