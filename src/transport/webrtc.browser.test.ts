import { afterEach, describe, expect, test } from "vitest";
import { createLink } from "./channel-link.ts";
import type { CloseReason, Link } from "./link.ts";
import { portChannel, relayToPort } from "./port-channel.ts";
import { realWorld } from "./real-world.ts";
import { rtcChannel } from "./rtc-channel.ts";
import { bigFrame, collect, linkContract } from "./testing/link-contract.ts";
import { loopback } from "./testing/loopback.ts";

const world = realWorld;
const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

function channels(): readonly [RTCDataChannel, RTCDataChannel] {
  const made = loopback();
  opened.push(made.close);
  return made.channels;
}

linkContract("WebRTC, in the page", async () => {
  const [a, b] = channels();
  return [
    createLink({ channel: rtcChannel(a), peer: "b", world }),
    createLink({ channel: rtcChannel(b), peer: "a", world }),
  ];
});

linkContract("WebRTC, one end relayed", async () => {
  const [a, b] = channels();
  const { port1, port2 } = new MessageChannel();
  relayToPort(b, port1);
  return [
    createLink({ channel: rtcChannel(a), peer: "b", world }),
    createLink({ channel: portChannel(port2), peer: "a", world }),
  ];
});

/** A link of this page whose other end lives in a worker, and what the worker says when it ends. */
function withWorker(hand: (worker: Worker, dc: RTCDataChannel) => void): {
  readonly link: Link;
  readonly ended: Promise<CloseReason>;
} {
  const [a, b] = channels();
  const worker = new Worker(new URL("./testing/echo-worker.ts", import.meta.url), { type: "module" });
  opened.push(() => worker.terminate());
  hand(worker, b);
  const ended = new Promise<CloseReason>((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<CloseReason>) => resolve(data);
  });
  return { link: createLink({ channel: rtcChannel(a), peer: "worker", world }), ended };
}

describe.each([
  ["transferred to a worker", (worker: Worker, dc: RTCDataChannel) => worker.postMessage(dc, [dc])],
  [
    "relayed to a worker",
    (worker: Worker, dc: RTCDataChannel) => {
      const { port1, port2 } = new MessageChannel();
      relayToPort(dc, port1);
      worker.postMessage(port2, [port2]);
    },
  ],
])("a channel %s", (_name, hand) => {
  test("[L1] echoes frames in order and unchanged, and says why it closed", async () => {
    const { link, ended } = withWorker(hand);
    const frames = Array.from(
      { length: 50 },
      (_, id) => ({ type: "request", id, operation: "x", body: id }) as const,
    );
    const echoed = collect(link, frames.length);
    await Promise.all(frames.map((frame) => link.send(frame)));
    expect(await echoed).toEqual(frames);
    const back = collect(link, 1);
    const big = bigFrame(5, 5_000_000);
    await link.send(big, "bulk");
    const [frame] = await back;
    if (frame?.type !== "hidden") throw new Error(frame?.type);
    expect(frame.payload.every((byte, i) => byte === big.payload[i])).toBe(true);
    expect(link.stats().rttMs).toBeGreaterThan(0);
    // Both read the same clock: the offset is off by at most half a round trip.
    expect(Math.abs(link.stats().clockOffsetMs)).toBeLessThan(link.stats().rttMs / 2 + 2);
    link.close({ type: "left", message: "enough" });
    expect(await ended).toEqual({ type: "left", message: expect.stringContaining("enough") });
  });

  test("a channel whose far end vanished is closed, as lost or silent", async () => {
    const { link } = withWorker(hand);
    const echoed = collect(link, 1);
    await link.send({ type: "state", update: new Uint8Array(1) });
    await echoed;
    for (const close of opened.splice(0)) close();
    expect(["lost", "silent"]).toContain((await link.closed).type);
  });
});
