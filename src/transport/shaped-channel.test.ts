import fc from "fast-check";
import { expect, test } from "vitest";
import { type LinkShape, parseLinkShape } from "./link-shape.ts";
import { memoryChannels } from "./memory-channel.ts";
import { shapeChannel } from "./shaped-channel.ts";
import { createVirtualWorld } from "./testing/virtual-world.ts";

/** Sends messages of these sizes at once and tells when each arrived, in milliseconds after the send. */
async function arrivals(shape: LinkShape, sizes: readonly number[], random: () => number = () => 0.5) {
  const world = createVirtualWorld(random);
  const [a, b] = memoryChannels({ world });
  const shaped = shapeChannel(a, shape, world);
  const startMs = world.now();
  const seen: { readonly size: number; readonly atMs: number; readonly tag: number }[] = [];
  b.onMessage((message) =>
    seen.push({ size: message.length, atMs: world.now() - startMs, tag: message[0]! }),
  );
  for (const [i, size] of sizes.entries()) shaped.send(new Uint8Array(size).fill(i));
  await world.pass(100_000);
  return { seen, buffered: shaped.bufferedBytes };
}

test("a message takes its serialisation and half the round trip", async () => {
  const { seen } = await arrivals(parseLinkShape("rtt=40,mbps=8"), [10_000, 10_000]);
  expect(seen.map(({ atMs }) => atMs)).toEqual([30, 40]);
});

test("a lost message comes a round trip later, and what follows waits for it", async () => {
  const draws = [0, 0, 0, 0.99];
  const { seen } = await arrivals(parseLinkShape("rtt=40,loss=0.5"), [100, 100], () => draws.shift() ?? 0.99);
  expect(seen.map(({ atMs }) => atMs)).toEqual([60, 60]);
});

test("[L1] whatever the jitter and the loss, everything arrives once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 20 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      async (sizes, chance) => {
        const shape = parseLinkShape("rtt=30,mbps=10,loss=0.3,jitter=25");
        const { seen, buffered } = await arrivals(shape, sizes, () => chance.next().value ?? 0);
        expect(seen.map(({ size }) => size)).toEqual(sizes);
        expect(seen.map(({ tag }) => tag)).toEqual(sizes.map((_, i) => i));
        expect(buffered).toBe(0);
      },
    ),
    { numRuns: 30 },
  );
});

test("the link parameter is read", () => {
  expect(parseLinkShape("rtt=40,mbps=20,loss=0.01,jitter=5")).toEqual({
    rttMs: 40,
    bytesPerSecond: 2_500_000,
    loss: 0.01,
    jitterMs: 5,
  });
  expect(parseLinkShape("rtt=1.5")).toEqual({
    rttMs: 1.5,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    loss: 0,
    jitterMs: 0,
  });
});

test.each([
  "",
  "rtt",
  "rtt=",
  "rtt=-1",
  "rtt=1e3",
  "rtt=1,rtt=2",
  "mbps=0",
  "loss=1",
  "speed=3",
  "rtt=1=2",
  "rtt=NaN",
  "constructor=1",
  "rtt=99999",
])("nonsense is refused by name: %j", (text) => {
  expect(() => parseLinkShape(text)).toThrow(expect.objectContaining({ name: "InvalidRequest" }));
});
