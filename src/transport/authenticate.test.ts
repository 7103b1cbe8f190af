import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { type AuthenticateOptions, authenticate } from "./authenticate.ts";
import { createLink } from "./channel-link.ts";
import { chunkAt } from "./chunks.ts";
import { encodeFrame } from "./encode-frame.ts";
import type { Frame } from "./frame.ts";
import type { ByteChannel, Link } from "./link.ts";
import { memoryChannels } from "./memory-channel.ts";
import { realWorld } from "./real-world.ts";
import { importRoomKey, prove, type Statement } from "./room-proof.ts";
import { bigFrame, collect } from "./testing/link-contract.ts";

const world = realWorld;
const key = new Uint8Array(32).fill(7);
const otherKey = new Uint8Array(32).fill(8);
const as = (device: string, more: Partial<AuthenticateOptions> = {}): AuthenticateOptions => ({
  self: { device, room: "loom" },
  key,
  fingerprints: null,
  ...more,
});

function pair(): readonly [Link, Link] {
  const [a, b] = memoryChannels({ world });
  return [createLink({ channel: a, peer: "el-b", world }), createLink({ channel: b, peer: "el-a", world })];
}

/** What both sides get: the other's device, or the name of the error. */
async function outcome(a: AuthenticateOptions, b: AuthenticateOptions): Promise<readonly string[]> {
  const [left, right] = pair();
  const both = await Promise.allSettled([authenticate(left, a), authenticate(right, b)]);
  left.close({ type: "left", message: "done" });
  return both.map((side) => (side.status === "fulfilled" ? side.value.device : side.reason.name));
}

/** A stranger's end of a channel: sends single frames, shows what arrives. */
function stranger(channel: ByteChannel) {
  const link = createLink({ channel, peer: "victim", world });
  return link;
}

test("two devices with the room's key learn each other's names", async () => {
  expect(await outcome(as("el-a"), as("el-b"))).toEqual(["el-b", "el-a"]);
});

test("with matching fingerprints, seen from both sides, they do too", async () => {
  const a = as("el-a", { fingerprints: { local: "AA", remote: "BB" } });
  const b = as("el-b", { fingerprints: { local: "BB", remote: "AA" } });
  expect(await outcome(a, b)).toEqual(["el-b", "el-a"]);
});

test.each([
  ["another key", as("el-b", { key: otherKey })],
  ["another room", as("el-b", { self: { device: "el-b", room: "other" } })],
  ["our own name", as("el-a")],
  [
    "a connection that someone sits in the middle of",
    as("el-b", { fingerprints: { local: "BB", remote: "MM" } }),
  ],
  ["fingerprints where we have none", as("el-b", { fingerprints: { local: "BB", remote: "AA" } })],
])("%s is not authorised, and both sides learn it", async (what, b) => {
  const fingerprints = what.includes("middle") ? { local: "AA", remote: "MM" } : null;
  expect(await outcome(as("el-a", { fingerprints }), b)).toEqual(["NotAuthorised", "NotAuthorised"]);
});

test("a key of the wrong length is refused", async () => {
  const [a] = pair();
  await expect(authenticate(a, as("el-a", { key: new Uint8Array(31) }))).rejects.toMatchObject({
    name: "InvalidRequest",
  });
});

test("silence ends in PeerLeft", async () => {
  const [a] = pair();
  await expect(authenticate(a, as("el-a", { timeoutMs: 30 }))).rejects.toMatchObject({ name: "PeerLeft" });
  expect((await a.closed).type).toBe("lost");
});

test("hello and proof sent back to their sender prove nothing", async () => {
  const [a, b] = memoryChannels({ world });
  const victim = createLink({ channel: a, peer: "mirror", world });
  const mirror = stranger(b);
  mirror.onFrame((frame) => {
    mirror.send(frame.type === "hello" ? { ...frame, device: "el-x" } : frame).catch(() => {});
  });
  await expect(authenticate(victim, as("el-a"))).rejects.toMatchObject({ name: "NotAuthorised" });
});

test("a proof of an earlier meeting is worth nothing in the next", async () => {
  const [a, b] = memoryChannels({ world });
  const recorded: Frame[] = [];
  const honest = createLink({ channel: b, peer: "el-a", world });
  const tapped: Link = {
    ...honest,
    send: (frame, lane) => {
      recorded.push(frame);
      return honest.send(frame, lane);
    },
  };
  await Promise.all([
    authenticate(createLink({ channel: a, peer: "el-b", world }), as("el-a")),
    authenticate(tapped, as("el-b")),
  ]);
  const [c, d] = memoryChannels({ world });
  const replay = stranger(d);
  const meeting = authenticate(createLink({ channel: c, peer: "el-b", world }), as("el-a"));
  await Promise.all(recorded.map((frame) => replay.send(frame)));
  await expect(meeting).rejects.toMatchObject({ name: "NotAuthorised" });
});

test("[L3] any frame before the proof ends the link", async () => {
  for (const frame of [{ type: "state", update: new Uint8Array(2) }, bigFrame(1, 8000)] satisfies Frame[]) {
    const [a, b] = memoryChannels({ world });
    const meeting = authenticate(createLink({ channel: a, peer: "x", world }), as("el-a"));
    stranger(b)
      .send(frame)
      .catch(() => {});
    await expect(meeting).rejects.toMatchObject({
      name: "PeerLeft",
      message: expect.stringContaining("malformed"),
    });
  }
});

test("what follows the proof at once waits for the next listener", async () => {
  const [a, b] = pair();
  const first = authenticate(a, as("el-a")).then(() => a.send({ type: "state", update: Uint8Array.of(5) }));
  await Promise.all([first, authenticate(b, as("el-b"))]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await collect(b, 1)).toEqual([{ type: "state", update: Uint8Array.of(5) }]);
});

test("another protocol version is refused on both sides, each told whom to reload", async () => {
  const [a, b] = memoryChannels({ world });
  const link = createLink({ channel: a, peer: "el-new", world });
  const meeting = authenticate(link, as("el-a"));
  const hello = encodeFrame({
    type: "hello",
    protocol: 2,
    device: "el-new",
    room: "loom",
    nonce: key,
  }).slice();
  hello[2] = 2;
  b.send(chunkAt(hello, 0, "control"));
  await expect(meeting).rejects.toMatchObject({
    name: "ProtocolMismatch",
    message: expect.stringContaining("this device is older; reload this page"),
  });
});

test("the proof is HMAC-SHA-256 over label, hellos and fingerprints as PROTOCOL.md writes them", async () => {
  const greeting = (device: string, fill: number) => ({
    protocol: 1,
    device,
    room: "loom",
    nonce: new Uint8Array(32).fill(fill),
  });
  const statement: Statement = {
    sender: greeting("el-a", 1),
    receiver: greeting("el-b", 2),
    fingerprints: { sender: "AA", receiver: "BB" },
  };
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const field = (value: string | Buffer) => Buffer.concat([u32(value.length), Buffer.from(value)]);
  const side = (device: string, fill: number) =>
    Buffer.concat([u32(1), field(device), field("loom"), field(Buffer.alloc(32, fill))]);
  const bytes = Buffer.concat([
    field("edgeloom room proof"),
    side("el-a", 1),
    side("el-b", 2),
    Buffer.from([1]),
    field("AA"),
    field("BB"),
  ]);
  const mac = await prove(await importRoomKey(key), statement);
  expect(Buffer.from(mac).toString("hex")).toBe(createHmac("sha256", key).update(bytes).digest("hex"));
});
