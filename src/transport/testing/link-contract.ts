import { describe, expect, test } from "vitest";
import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import type { Course, Frame } from "../frame.ts";
import type { CloseReason, Lane, Link } from "../link.ts";

const course: Course = {
  placement: "00000000000000aa",
  generation: "00000000000000bb",
  asker: "el-a",
  position: 0,
  ask: { type: "nothing" },
  sentAtMs: 0,
  laps: [],
};

/** Hidden states of `bytes` bytes, a multiple of 4000, whose content follows from `seed`. */
export function bigFrame(seed: number, bytes: number): Extract<Frame, { readonly type: "hidden" }> {
  const payload = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) payload[i] = (Math.imul(i + seed, 2_654_435_761) >>> 24) & 255;
  return { type: "hidden", course, rows: bytes / 4000, width: 1000, format: "f32", payload };
}

/** The next `count` frames that arrive. */
export function collect(link: Link, count: number): Promise<readonly Frame[]> {
  return new Promise((resolve) => {
    const frames: Frame[] = [];
    link.onFrame((frame) => {
      frames.push(frame);
      if (frames.length === count) resolve(frames);
    });
  });
}

const request = (id: number): Frame => ({ type: "request", id, operation: "count", body: { id } });
const idOf = (frame: Frame): number => (frame.type === "request" ? frame.id : -1);

async function expectSame(frame: Frame | undefined, expected: Extract<Frame, { readonly type: "hidden" }>) {
  if (frame?.type !== "hidden") throw new Error(`a frame of type ${frame?.type}`);
  expect(frame.payload.length).toBe(expected.payload.length);
  expect(await digest(frame.payload)).toBe(await digest(expected.payload));
}

const digest = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), (b) => b.toString(16)).join(" ");

/** What every implementation of Link must do. `connect` gives the two ends of a new link. */
export function linkContract(name: string, connect: () => Promise<readonly [Link, Link]>): void {
  describe(`${name} link`, () => {
    carriesInOrder(connect);
    endsWithReason(connect);
  });
}

function carriesInOrder(connect: () => Promise<readonly [Link, Link]>): void {
  test("[L1] frames arrive exactly once, in order, both ways", async () => {
    const [a, b] = await connect();
    const ids = Array.from({ length: 300 }, (_, i) => i);
    const atB = collect(b, ids.length);
    const atA = collect(a, ids.length);
    await Promise.all(ids.flatMap((id) => [a.send(request(id)), b.send(request(id))]));
    expect((await atB).map(idOf)).toEqual(ids);
    expect((await atA).map(idOf)).toEqual(ids);
    a.close({ type: "left", message: "done" });
  });

  test("[L1] frames that arrive before there is a listener, or while it is taken away, wait in order", async () => {
    const [a, b] = await connect();
    await Promise.all([1, 2, 3, 4].map((id) => a.send(request(id))));
    const first = await new Promise<number>((resolve) => {
      b.onFrame((frame) => {
        b.onFrame(null);
        resolve(idOf(frame));
      });
    });
    const rest = await collect(b, 3);
    expect([first, ...rest.map(idOf)]).toEqual([1, 2, 3, 4]);
    a.close({ type: "left", message: "done" });
  });

  test("[L1] a frame of 5 MB arrives unchanged", async () => {
    const [a, b] = await connect();
    const sent = bigFrame(7, 5_000_000);
    const received = collect(b, 1);
    await a.send(sent, "bulk");
    await expectSame((await received)[0], sent);
    expect(a.stats().bytesSent).toBeGreaterThan(5_000_000);
    expect(b.stats().bytesReceived).toBeGreaterThan(5_000_000);
    a.close({ type: "left", message: "done" });
  });

  test("[L1] urgent lanes overtake bulk, and each lane keeps its order", async () => {
    const [a, b] = await connect();
    const bulk = [bigFrame(1, 2_000_000), bigFrame(2, 1_000_000)];
    const arrival = collect(b, 6);
    const lanes: readonly Lane[] = ["token", "token", "control", "control"];
    await Promise.all([
      ...bulk.map((frame) => a.send(frame, "bulk")),
      ...lanes.map((lane, id) => a.send(request(id), lane)),
    ]);
    const frames = await arrival;
    const small = frames.filter((frame) => frame.type === "request").map(idOf);
    expect(small.filter((id) => id < 2)).toEqual([0, 1]);
    expect(small.filter((id) => id >= 2)).toEqual([2, 3]);
    expect(frames.slice(0, 4).every((frame) => frame.type === "request")).toBe(true);
    await expectSame(frames[4], bigFrame(1, 2_000_000));
    await expectSame(frames[5], bigFrame(2, 1_000_000));
    a.close({ type: "left", message: "done" });
  });
}

function endsWithReason(connect: () => Promise<readonly [Link, Link]>): void {
  const reasons: readonly CloseReason["type"][] = [
    "left",
    "malformed",
    "not-authorised",
    "protocol-mismatch",
  ];
  test.each(reasons)("[L1] both ends learn that the link closed: %s", async (type) => {
    const [a, b] = await connect();
    a.close({ type, message: "for the test" });
    a.close({ type: "lost", message: "a second close changes nothing" });
    expect(await a.closed).toEqual({ type, message: "for the test" });
    const atB = await b.closed;
    expect(atB.type).toBe(type);
    expect(atB.message).toContain("for the test");
  });

  test("[L1] after the close nothing is delivered, and what waits to be sent rejects with PeerLeft", async () => {
    const [a, b] = await connect();
    let heard = 0;
    a.onFrame(() => heard++);
    const waiting = Promise.allSettled([a.send(bigFrame(3, 4_000_000), "bulk"), a.send(request(2), "bulk")]);
    const arriving = Promise.allSettled([b.send(request(9)), b.send(request(10))]);
    a.close({ type: "left", message: "going" });
    for (const outcome of await waiting) {
      if (outcome.status !== "rejected") throw new Error("a send on a closed link went through");
      expect(outcome.reason).toBeInstanceOf(EdgeloomError);
      expect(outcome.reason.name).toBe("PeerLeft");
    }
    await arriving;
    await b.closed;
    await expect(b.send(request(4))).rejects.toMatchObject({ name: "PeerLeft" });
    expect(heard).toBe(0);
  });
}
