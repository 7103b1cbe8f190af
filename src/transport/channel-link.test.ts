import fc from "fast-check";
import { expect, test } from "vitest";
import { createLink } from "./channel-link.ts";
import { chunkAt } from "./chunks.ts";
import { encodeFrame } from "./encode-frame.ts";
import type { ByteChannel, Link, World } from "./link.ts";
import { parseLinkShape } from "./link-shape.ts";
import { memoryChannels } from "./memory-channel.ts";
import { realWorld } from "./real-world.ts";
import { shapeChannel } from "./shaped-channel.ts";
import { bigFrame, collect, linkContract } from "./testing/link-contract.ts";
import { createVirtualWorld } from "./testing/virtual-world.ts";

type Bend = (channel: ByteChannel) => ByteChannel;
const straight: Bend = (channel) => channel;

function pair(world: World = realWorld, bend: Bend = straight): readonly [Link, Link] {
  const [a, b] = memoryChannels({ world });
  return [
    createLink({ channel: bend(a), peer: "b", world }),
    createLink({ channel: bend(b), peer: "a", world }),
  ];
}

linkContract("memory", async () => pair());
linkContract("shaped", async () => {
  const shape = parseLinkShape("rtt=6,mbps=400,loss=0.05,jitter=2");
  return pair(realWorld, (channel) => shapeChannel(channel, shape, realWorld));
});

test("[L2] never more than the bound is in flight, however much is sent at once", async () => {
  const boundBytes = 400_000;
  let most = 0;
  const watch: Bend = (channel) => ({
    ...channel,
    get bufferedBytes() {
      return channel.bufferedBytes;
    },
    send(message) {
      channel.send(message);
      most = Math.max(most, channel.bufferedBytes);
    },
  });
  // The channel throws above its capacity, as an RTCDataChannel does.
  const [a, b] = memoryChannels({ world: realWorld, capacityBytes: boundBytes, turnBytes: 100_000 });
  const sender = createLink({ channel: watch(a), peer: "b", world: realWorld, boundBytes });
  const receiver = createLink({ channel: b, peer: "a", world: realWorld });
  const arrived = collect(receiver, 12);
  await Promise.all(
    Array.from({ length: 12 }, (_, i) => sender.send(bigFrame(i, 300_000), i % 2 ? "bulk" : "token")),
  );
  expect(await arrived).toHaveLength(12);
  expect(most).toBeLessThanOrEqual(boundBytes);
  expect(most).toBeGreaterThan(256 * 1024);
  sender.close({ type: "left", message: "done" });
});

test("[L2] send waits while the channel is full", async () => {
  const world = createVirtualWorld();
  const [a] = memoryChannels({ world });
  const sender = createLink({ channel: a, peer: "b", world });
  let sent = false;
  const sending = sender.send(bigFrame(1, 2_000_000)).then(() => {
    sent = true;
  });
  await Promise.resolve();
  expect(sent).toBe(false);
  await world.pass(10);
  await sending;
  expect(sent).toBe(true);
});

test("a peer that falls silent is dropped after silentMs, one that never spoke after connectMs", async () => {
  const world = createVirtualWorld();
  const unanswered = createLink({ channel: memoryChannels({ world })[0], peer: "c", world });
  const [a, b] = memoryChannels({ world });
  b.send(chunkAt(encodeFrame({ type: "state", update: new Uint8Array(1) }), 0, "control"));
  const startMs = world.now();
  const link = createLink({ channel: a, peer: "b", world });
  let endMs = 0;
  void link.closed.then(() => {
    endMs = world.now() - startMs;
  });
  await world.pass(2900);
  expect(endMs).toBe(0);
  await world.pass(200);
  expect((await link.closed).type).toBe("silent");
  expect(endMs).toBe(3000);
  await world.pass(6800);
  const race = Promise.race([unanswered.closed, Promise.resolve("open")]);
  expect(await race).toBe("open");
  await world.pass(200);
  expect((await unanswered.closed).type).toBe("silent");
});

test("heartbeats keep a quiet link open", async () => {
  const world = createVirtualWorld();
  const [a, b] = pair(world);
  let ended = false;
  void a.closed.then(() => {
    ended = true;
  });
  await world.pass(60_000);
  expect(ended).toBe(false);
  expect(b.stats().bytesReceived).toBeGreaterThan(0);
});

test("a tab that was frozen counts its peer's silence anew, once", async () => {
  const world = createVirtualWorld();
  const [a, b] = memoryChannels({ world });
  const link = createLink({ channel: a, peer: "b", world });
  b.send(chunkAt(encodeFrame({ type: "state", update: new Uint8Array(1) }), 0, "control"));
  let ended = false;
  void link.closed.then(() => {
    ended = true;
  });
  await world.pass(1000);
  world.freeze(60_000);
  await world.pass(2900);
  expect(ended).toBe(false);
  await world.pass(200);
  expect((await link.closed).type).toBe("silent");
});

test("round trip and clock offset are those of the path and the other clock", async () => {
  const world = createVirtualWorld();
  const ahead: World = { ...world, now: () => world.now() + 5000 };
  const [a, b] = memoryChannels({ world });
  const shape = { rttMs: 40, bytesPerSecond: Number.POSITIVE_INFINITY, loss: 0, jitterMs: 0 };
  const here = createLink({ channel: shapeChannel(a, shape, world), peer: "b", world });
  const there = createLink({ channel: shapeChannel(b, shape, world), peer: "a", world: ahead });
  await world.pass(3000);
  expect(here.stats().rttMs).toBeCloseTo(40, 3);
  expect(here.stats().clockOffsetMs).toBeCloseTo(-5000, 3);
  expect(there.stats().clockOffsetMs).toBeCloseTo(5000, 3);
});

test("the measured rate is the rate of the link", async () => {
  const world = createVirtualWorld();
  const shape = parseLinkShape("mbps=80");
  const [a, b] = pair(world, (channel) => shapeChannel(channel, shape, world));
  const arrived = collect(b, 1);
  expect(a.stats().bytesPerSecond).toBe(0);
  const sending = a.send(bigFrame(1, 4_000_000), "bulk");
  await world.pass(1000);
  await Promise.all([sending, arrived]);
  expect(a.stats().bytesPerSecond / 10_000_000).toBeGreaterThan(0.9);
  expect(a.stats().bytesPerSecond / 10_000_000).toBeLessThan(1.1);
});

test("[L3] malformed bytes close their own link with that reason, and no other", async () => {
  const chunked = (bytes: number[]) => chunkAt(Uint8Array.from(bytes), 0, "control");
  const attacks = [
    new Uint8Array(0),
    new Uint8Array(9),
    chunked([1, 2, 3]),
    chunked([0x45, 0x4c, 1, 0, 200]),
    chunked([0x45, 0x4c, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f]),
  ];
  const [bystander, partner] = pair();
  for (const attack of attacks) {
    const [a, b] = memoryChannels({ world: realWorld });
    const link = createLink({ channel: b, peer: "a", world: realWorld });
    a.onMessage(() => {});
    a.send(attack);
    expect(await link.closed).toMatchObject({ type: "malformed" });
  }
  const arrived = collect(partner, 1);
  await bystander.send({ type: "state", update: new Uint8Array(3) });
  expect(await arrived).toHaveLength(1);
  bystander.close({ type: "left", message: "done" });
});

test("[L3] random messages end in a close with a reason or are ignored; nothing throws", async () => {
  const message = fc.uint8Array({ maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 6 }), async (messages) => {
      const world = createVirtualWorld();
      const [a, b] = memoryChannels({ world });
      const link = createLink({ channel: b, peer: "a", world });
      link.onFrame(() => {});
      for (const bytes of messages) a.send(Uint8Array.from(bytes));
      await world.pass(20);
      link.close({ type: "left", message: "still here" });
      expect(["malformed", "left"]).toContain((await link.closed).type);
    }),
    { numRuns: 100 },
  );
});

test("[L3] a frame above the listener's limit is refused at its first chunk", async () => {
  const [a, b] = pair();
  b.onFrame(() => {}, 4096);
  a.send(bigFrame(1, 200_000)).catch(() => {});
  expect(await b.closed).toMatchObject({ type: "malformed" });
  expect((await a.closed).type).toBe("malformed");
});

test("[L3] who sends without end before anyone listens is cut off", async () => {
  const [a, b] = pair();
  const frames = Array.from({ length: 5000 }, () => a.send({ type: "state", update: new Uint8Array(1) }));
  await Promise.allSettled(frames);
  expect((await b.closed).type).toBe("malformed");
});

test("a peer of another version is told who is older, on both sides", async () => {
  const [a, b] = memoryChannels({ world: realWorld });
  const link = createLink({ channel: b, peer: "el-other", world: realWorld });
  const hello = encodeFrame({ type: "ping", sentAtMs: 1 }).slice();
  hello[2] = 9;
  a.send(chunkAt(hello, 0, "control"));
  const reason = await link.closed;
  expect(reason.type).toBe("protocol-mismatch");
  expect(reason.message).toContain("this device is older; reload this page");
});

test("a channel that ends without a farewell is a lost link", async () => {
  const [a, b] = memoryChannels({ world: realWorld });
  const link = createLink({ channel: b, peer: "a", world: realWorld });
  a.close();
  expect((await link.closed).type).toBe("lost");
});
