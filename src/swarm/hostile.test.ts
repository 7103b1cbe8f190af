import fc from "fast-check";
import { createEncoder, toUint8Array, writeVarUint, writeVarUint8Array } from "lib0/encoding";
import { expect, test } from "vitest";
import { Doc, encodeStateAsUpdate } from "yjs";
import type { Frame } from "../transport/frame.ts";
import type { CloseReason, Link } from "../transport/link.ts";
import { encodeAwareness } from "./awareness-update.ts";
import type { Presence } from "./presence.ts";
import { createVillage, placementOn, presenceOf, type Village } from "./testing/village.ts";

type Update = Uint8Array<ArrayBuffer>;

/** A room of a, b and c, in which b's end of its link to a says whatever we want. */
async function infiltrated(): Promise<{
  readonly village: Village;
  readonly spy: Link;
  ended(): CloseReason | null;
}> {
  const village = createVillage();
  const a = village.join("a", null);
  village.join("b", "a");
  village.join("c", "a");
  await village.world.pass(1000);
  const spy = village.rooms.get("b")?.linkTo("a");
  const link = a.linkTo("b");
  if (!spy || !link) throw new Error("a and b aren't linked");
  let reason: CloseReason | null = null;
  void link.closed.then((closed) => {
    reason = closed;
  });
  return { village, spy, ended: () => reason };
}

/** Large frames need the time that passes below. */
const say = (link: Link, frame: Frame): void => {
  link.send(frame).catch(() => {});
};
const presenceFrame = (client: number, clock: number, state: unknown): Frame => ({
  type: "presence",
  update: encodeAwareness({ client, clock, state }),
});
const stateFrame = (type: number, payload: Uint8Array): Frame => {
  const encoder = createEncoder();
  writeVarUint(encoder, type);
  writeVarUint8Array(encoder, payload);
  return { type: "state", update: new Uint8Array(toUint8Array(encoder)) };
};
const docUpdate = (write: (doc: Doc) => void): Uint8Array => {
  const doc = new Doc();
  // Of two concurrent placements the larger client's holds; the smaller one would be no more than history.
  doc.clientID = 2 ** 53 - 1;
  write(doc);
  return encodeStateAsUpdate(doc);
};
const varUints = (...values: readonly number[]): Update => {
  const encoder = createEncoder();
  for (const value of values) writeVarUint(encoder, value);
  return new Uint8Array(toUint8Array(encoder));
};
const b = presenceOf("b");
const bAs = (patch: Readonly<Record<string, unknown>>): unknown => ({
  presence: { ...b, device: { ...b.device, ...patch } },
});
/** An update whose predecessor is missing. */
const orphan = (): Uint8Array => {
  const updates: Uint8Array[] = [];
  const doc = new Doc();
  doc.on("update", (update: Uint8Array) => updates.push(update));
  for (const id of ["00000000000000a1", "00000000000000a2"])
    doc.getMap("room").set("placement", placementOn("b", id));
  return updates[1] ?? new Uint8Array();
};

const hostile: readonly (readonly [string, () => Frame])[] = [
  ["an empty presence update", () => ({ type: "presence", update: new Uint8Array() })],
  ["presences beyond number", () => ({ type: "presence", update: varUints(2 ** 40) })],
  ["a name longer than the update", () => ({ type: "presence", update: varUints(1, 5, 5, 1e6) })],
  ["a presence that isn't JSON", () => ({ type: "presence", update: varUints(1, 5, 5, 1, 123) })],
  ["a megabyte of presence", () => ({ type: "presence", update: new Uint8Array((1 << 20) + 1) })],
  ["a number for a presence", () => presenceFrame(5, 5, 12)],
  ["memory in fractions of bytes", () => presenceFrame(5, 5, bAs({ memoryBudgetBytes: 0.5 }))],
  ["a negative speed", () => presenceFrame(5, 5, bAs({ gflops: -1 }))],
  ["an endless name", () => presenceFrame(5, 5, bAs({ name: "b".repeat(10_000) }))],
  ["an unknown role", () => presenceFrame(5, 5, bAs({ role: "king" }))],
  [
    "a list beyond bounds",
    () => presenceFrame(5, 5, { presence: { ...b, links: new Array(2000).fill(null) } }),
  ],
  ["an empty state message", () => ({ type: "state", update: new Uint8Array() })],
  ["an unknown kind of state message", () => stateFrame(9, new Uint8Array(3))],
  ["an unreadable state vector", () => stateFrame(0, varUints(2 ** 30, 1))],
  ["an unreadable state update", () => stateFrame(2, new Uint8Array([9, 9, 9]))],
  ["items beyond number", () => stateFrame(2, varUints(1, 2 ** 31, 7, 0))],
  ["an update that builds on unknown ones", () => stateFrame(2, orphan())],
  [
    "a placement that makes no sense",
    () =>
      stateFrame(
        2,
        docUpdate((doc) => doc.getMap("room").set("placement", { id: "x" })),
      ),
  ],
  [
    "a placement with a gap",
    () =>
      stateFrame(
        2,
        docUpdate((doc) => doc.getMap("room").set("placement", { ...placementOn("b"), layers: 9 })),
      ),
  ],
  [
    "other shared keys",
    () =>
      stateFrame(
        2,
        docUpdate((doc) => doc.getMap("room").set("litter", "x")),
      ),
  ],
  [
    "other shared documents",
    () =>
      stateFrame(
        2,
        docUpdate((doc) => doc.getText("litter").insert(0, "x")),
      ),
  ],
  [
    "a state of megabytes",
    () =>
      stateFrame(
        2,
        docUpdate((doc) =>
          doc.getMap("room").set("placement", { ...placementOn("b"), model: "x".repeat(1 << 20) }),
        ),
      ),
  ],
];

test.each(hostile)(
  "[L3] %s closes that link as malformed; the room goes on, and says so",
  async (_, frame) => {
    const { village, spy, ended } = await infiltrated();
    const a = village.rooms.get("a");
    a?.adopt(placementOn("c"));
    await village.world.pass(100);
    say(spy, frame());
    await village.world.pass(200);
    expect(ended()?.type).toBe("malformed");
    expect([...(a?.presence().keys() ?? [])].sort()).toEqual(["a", "c"]);
    expect(a?.notices().at(-1)).toMatchObject({ device: "b", name: "ProtocolMismatch" });
    expect(a?.placement()).toEqual(placementOn("c"));
    expect(village.rooms.get("c")?.placement()).toEqual(placementOn("c"));
    expect(village.rooms.get("c")?.presence().size).toBe(3);
    village.close();
  },
);

test("[L3] random bytes close the link or change nothing; the other tab is seen as before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("state" as const, "presence" as const),
      fc.uint8Array({ maxLength: 60 }),
      async (type, bytes) => {
        const { village, spy } = await infiltrated();
        say(spy, { type, update: Uint8Array.from(bytes) });
        await village.world.pass(200);
        const a = village.rooms.get("a");
        expect(a?.presence().get("c")).toEqual(presenceOf("c"));
        expect(a?.placement()).toBeNull();
        village.close();
      },
    ),
    { numRuns: 60 },
  );
});

test("nobody speaks for another: what b says of c, or of us, moves nothing", async () => {
  const { village, spy, ended } = await infiltrated();
  const a = village.rooms.get("a");
  const forged: Presence = { ...presenceOf("c", "viewer"), visible: false };
  say(spy, presenceFrame(77, 2 ** 50, { presence: forged }));
  say(spy, presenceFrame(78, 2 ** 50, { presence: { ...presenceOf("a", "viewer"), visible: false } }));
  await village.world.pass(200);
  expect(a?.presence().get("c")).toEqual(presenceOf("c"));
  expect(a?.presence().get("a")).toEqual(presenceOf("a"));
  village.rooms.get("c")?.setPresence({ memoryUsedBytes: 5 });
  await village.world.pass(200);
  expect(a?.presence().get("c")?.memoryUsedBytes).toBe(5);
  expect(ended()).toBeNull();
  village.close();
});

test("an entry that comes late doesn't take the place of a newer one", async () => {
  const { village, spy } = await infiltrated();
  for (const [clock, memoryUsedBytes] of [
    [9, 90],
    [8, 80],
    [9, 91],
  ] as const)
    say(spy, presenceFrame(5, clock, { presence: { ...b, memoryUsedBytes } }));
  await village.world.pass(200);
  expect(village.rooms.get("a")?.presence().get("b")?.memoryUsedBytes).toBe(90);
  village.close();
});

test("an entry under another device's client id closes that link", async () => {
  const { village, spy, ended } = await infiltrated();
  const heard = new Set<number>();
  // What a says of itself and of c stands in the updates that a newcomer gets; the ids are the same for all.
  const c = village.rooms.get("c");
  const link = c?.linkTo("a");
  const clients: number[] = [];
  const send = link?.send.bind(link);
  if (!link || !send) throw new Error("a and c aren't linked");
  Object.assign(link, {
    send: (frame: Frame) => {
      if (frame.type === "presence") clients.push(clientOf(frame.update));
      return send(frame);
    },
  });
  c?.setPresence({ visible: false });
  await village.world.pass(200);
  for (const client of clients) heard.add(client);
  const [client] = heard;
  expect(client).toBeTypeOf("number");
  say(spy, presenceFrame(client ?? 0, 2 ** 50, { presence: b }));
  await village.world.pass(200);
  expect(ended()?.type).toBe("malformed");
  expect(village.rooms.get("a")?.presence().get("c")?.visible).toBe(false);
  village.close();
});

test("a peer that mentions a thousand devices sends us after 256 at most", async () => {
  const { village, spy } = await infiltrated();
  const strangers = Array.from({ length: 1000 }, (_, i) => ({
    to: `zz${i}`,
    rttMs: 1,
    bytesPerSecond: 1,
    path: "direct",
  }));
  // Two clocks for each that is looked for, one for its introduction, one for resting when that fails.
  let timers = 0;
  const { after } = village.world;
  Object.assign(village.world, {
    after: (ms: number, action: () => void) => {
      timers++;
      return after(ms, action);
    },
  });
  say(spy, presenceFrame(5, 5, { presence: { ...b, links: strangers } }));
  await village.world.pass(200);
  expect(timers).toBeLessThan(4 * 256 + 100);
  village.close();
});

function clientOf(update: Uint8Array): number {
  let client = 0;
  for (let i = 1, factor = 1; ; i++, factor *= 128) {
    client += ((update[i] ?? 0) & 127) * factor;
    if ((update[i] ?? 0) < 128) return client;
  }
}
