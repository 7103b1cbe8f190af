import { afterEach, expect, inject, test, vi } from "vitest";
import { authenticate } from "./authenticate.ts";
import { createLink } from "./channel-link.ts";
import { type Introducer, introduce, type SignallingStatus } from "./introduce.ts";
import type { Introduction } from "./introduction.ts";
import type { DeviceId, Link } from "./link.ts";
import { realWorld } from "./real-world.ts";
import { rtcChannel } from "./rtc-channel.ts";
import { collect } from "./testing/link-contract.ts";

const port = inject("signallingPort");
const world = realWorld;
const roomKey = new Uint8Array(32).fill(3);

/** A tab, as far as this room of the house goes: every connection becomes a link that proves the room's key. */
interface Member {
  readonly device: DeviceId;
  readonly introducer: Introducer;
  readonly links: Map<DeviceId, Link>;
  readonly introductions: Introduction[];
  readonly errors: Error[];
  readonly absent: DeviceId[];
  status: SignallingStatus;
  leave(): void;
}

const members: Member[] = [];
afterEach(() => {
  for (const member of members.splice(0)) member.leave();
});

function join(room: string, device: DeviceId, key = roomKey): Member {
  const introducer = introduce({
    host: "127.0.0.1",
    port,
    path: "/signal",
    secure: false,
    room,
    device,
    iceServers: [],
    relayOnly: false,
    world,
  });
  const member: Member = {
    device,
    introducer,
    links: new Map(),
    introductions: [],
    errors: [],
    absent: [],
    status: { up: false, holdsDoor: false },
    leave() {
      for (const link of member.links.values()) link.close({ type: "left", message: "bye" });
      introducer.close();
    },
  };
  introducer.onStatus((status) => {
    member.status = status;
  });
  introducer.onUnavailable((absent) => member.absent.push(absent));
  introducer.onChannel((made) => void meet(member, made, { room, key }));
  members.push(member);
  return member;
}

async function meet(
  member: Member,
  made: Introduction,
  { room, key }: { readonly room: string; readonly key: Uint8Array<ArrayBuffer> },
): Promise<void> {
  member.introductions.push(made);
  const link = createLink({ channel: rtcChannel(made.dc), peer: made.remotePeer ?? "the door", world });
  void link.closed.then(() => made.close());
  try {
    const fingerprints = await made.fingerprints();
    const { device } = await authenticate(link, { self: { device: member.device, room }, key, fingerprints });
    if (made.viaDoor && made.initiator) member.introducer.foundHolder(device);
    member.links.set(device, link);
    await link.closed;
    if (member.links.get(device) === link) member.links.delete(device);
    member.introducer.lostPeer(device);
  } catch (error) {
    if (error instanceof Error) member.errors.push(error);
  }
}

const room = () => `t${Math.random().toString(36).slice(2, 10)}`;
const until = (claim: () => boolean, ms = 15_000) =>
  vi.waitFor(() => expect(claim()).toBe(true), { timeout: ms, interval: 20 });
const linked = (a: Member, b: Member) => a.links.has(b.device) && b.links.has(a.device);

test("three tabs join by the door; its holder goes, another takes it, a newcomer still gets in", async () => {
  const name = room();
  const a = join(name, "el-a1");
  await until(() => a.status.holdsDoor);
  const b = join(name, "el-b1");
  const c = join(name, "el-c1");
  await until(() => linked(a, b) && linked(a, c));
  expect(b.introducer.connect(c.device)).toBe(true);
  await until(() => linked(b, c));
  expect([a, b, c].filter(({ status }) => status.holdsDoor)).toEqual([a]);

  a.leave();
  await until(() => !b.links.has(a.device) && !c.links.has(a.device), 3000);
  await until(() => b.status.holdsDoor !== c.status.holdsDoor);
  const d = join(name, "el-d1");
  await until(() => d.links.size > 0);
  const holder = b.status.holdsDoor ? b : c;
  expect([...d.links.keys()]).toEqual([holder.device]);
  expect(linked(b, c)).toBe(true);
});

test("two tabs that start at once end up in one room", async () => {
  const name = room();
  const a = join(name, "el-a2");
  const b = join(name, "el-b2");
  await until(() => linked(a, b));
  expect(a.status.holdsDoor).not.toBe(b.status.holdsDoor);
});

test("both ends know their fingerprints and their path, and bytes pass", async () => {
  const name = room();
  const a = join(name, "el-a3");
  await until(() => a.status.holdsDoor);
  const b = join(name, "el-b3");
  await until(() => linked(a, b));
  const [atA] = a.introductions;
  const [atB] = b.introductions;
  const [seenByA, seenByB] = [await atA!.fingerprints(), await atB!.fingerprints()];
  expect(seenByA).toEqual({ local: seenByB.remote, remote: seenByB.local });
  expect(seenByA.local).not.toBe(seenByA.remote);
  expect(await atA!.path()).toBe("direct");
  expect([atA!.viaDoor, atA!.initiator, atA!.remotePeer]).toEqual([true, false, "el-b3"]);
  expect([atB!.viaDoor, atB!.initiator, atB!.remotePeer]).toEqual([true, true, null]);
  const arrived = collect(b.links.get(a.device)!, 1);
  await a.links.get(b.device)!.send({ type: "state", update: Uint8Array.of(1) });
  expect(await arrived).toHaveLength(1);
});

test("who holds another key is not let in, both learn it, and the room goes on", async () => {
  const name = room();
  const a = join(name, "el-a4");
  await until(() => a.status.holdsDoor);
  const thief = join(name, "el-x4", new Uint8Array(32).fill(4));
  await until(() => thief.errors.length > 0 && a.errors.length > 0);
  expect([thief.errors[0]!.name, a.errors[0]!.name]).toEqual(["NotAuthorised", "NotAuthorised"]);
  const b = join(name, "el-b4");
  await until(() => linked(a, b));
  expect(a.links.has("el-x4")).toBe(false);
});

test("[S3] a device that is not there is told as unavailable", async () => {
  const a = join(room(), "el-a5");
  await until(() => a.status.up);
  expect(a.introducer.connect("el-ghost")).toBe(true);
  await until(() => a.absent.includes("el-ghost"));
});

test("links outlive the signalling server; afterwards newcomers get in again", async () => {
  const name = room();
  const a = join(name, "el-a6");
  await until(() => a.status.holdsDoor);
  const b = join(name, "el-b6");
  await until(() => linked(a, b));
  const before = a.links.get(b.device);
  const wentDown = until(() => !a.status.up && !b.status.up);
  await fetch(`http://127.0.0.1:${port}/drop`, { mode: "no-cors" });
  await wentDown;
  await until(() => a.status.up && b.status.up && a.status.holdsDoor);
  expect(a.links.get(b.device)).toBe(before);
  const c = join(name, "el-c6");
  await until(() => linked(a, c));
  expect(linked(a, b)).toBe(true);
});

test("a room that can't be an id is refused by name", () => {
  expect(() => join("two words", "el-a7")).toThrow(expect.objectContaining({ name: "InvalidRequest" }));
});
