import { createLink } from "../../transport/channel-link.ts";
import type { DeviceId, Link } from "../../transport/link.ts";
import { memoryChannels } from "../../transport/memory-channel.ts";
import { createVirtualWorld, type VirtualWorld } from "../../transport/testing/virtual-world.ts";
import type { PlacementRecord } from "../placement.ts";
import type { Presence } from "../presence.ts";
import { createRoom, type Room } from "../room.ts";

export const presenceOf = (id: DeviceId, role: Presence["device"]["role"] = "device"): Presence => ({
  device: { id, name: `Tab ${id}`, role, backend: "wasm", threads: 2, memoryBudgetBytes: 1e9, gflops: 5 },
  isProfiled: true,
  visible: true,
  memoryUsedBytes: 0,
  held: [],
  generations: [],
  laps: [],
  links: [],
});

export const placementOn = (device: DeviceId, id = "00000000000000aa"): PlacementRecord => ({
  id,
  model: "fables-1m",
  stages: [
    { start: 0, end: 4, devices: [device], embedding: true, head: true, weightBytes: 100, predictedMs: 1 },
  ],
  predictedTokenMs: 1,
  wire: "f32",
  layers: 4,
});

/** Real rooms over memory links in virtual time, and a signalling server that introduces whoever is there. */
export interface Village {
  readonly world: VirtualWorld;
  readonly rooms: ReadonlyMap<DeviceId, Room>;
  /** Opens a room and links it to `door` unless it is the first. */
  join(id: DeviceId, door: DeviceId | null, role?: Presence["device"]["role"]): Room;
  /** As two tabs do that connect: a link at each end. */
  link(a: DeviceId, b: DeviceId): readonly [Link, Link];
  /** Says goodbye. */
  leave(id: DeviceId): void;
  /** Falls silent: nothing that it sends arrives any more, and it hears nothing. */
  crash(id: DeviceId): void;
  linksBetween(a: DeviceId, b: DeviceId): number;
  /** Who asked for a connection to whom. */
  readonly calls: readonly (readonly [DeviceId, DeviceId])[];
  close(): void;
}

export function createVillage(random: () => number = mulberry(7)): Village {
  const world = createVirtualWorld(random);
  const rooms = new Map<DeviceId, Room>();
  const calls: (readonly [DeviceId, DeviceId])[] = [];
  const dead = new Set<DeviceId>();
  const pairs: { readonly ends: readonly [Link, Link]; open: boolean }[] = [];
  const room = (id: DeviceId): Room => {
    const found = rooms.get(id);
    if (!found) throw new Error(`no room ${id}`);
    return found;
  };
  const end = (self: DeviceId, peer: DeviceId, channel: ReturnType<typeof memoryChannels>[0]): Link => {
    const isDead = () => dead.has(self) || dead.has(peer);
    return createLink({
      peer,
      world,
      channel: {
        ...channel,
        get bufferedBytes() {
          return channel.bufferedBytes;
        },
        send: (message) => (isDead() ? undefined : channel.send(message)),
        close: () => (isDead() ? undefined : channel.close()),
      },
    });
  };
  const link = (a: DeviceId, b: DeviceId): readonly [Link, Link] => {
    const [left, right] = memoryChannels({ world });
    const ends = [end(a, b, left), end(b, a, right)] as const;
    const pair = { ends, open: true };
    pairs.push(pair);
    void Promise.race(ends.map(({ closed }) => closed)).then(() => {
      pair.open = false;
    });
    room(a).addLink(ends[0]);
    room(b).addLink(ends[1]);
    return ends;
  };
  return {
    world,
    rooms,
    calls,
    link,
    join(id, door, role) {
      const connect = (device: DeviceId) => {
        calls.push([id, device]);
        world.after(20 + 80 * random(), () => {
          if (!rooms.has(id)) return;
          if (rooms.has(device)) link(id, device);
          else room(id).unavailable(device);
        });
      };
      rooms.set(
        id,
        createRoom({ self: id, name: "village", world, connect, presence: presenceOf(id, role) }),
      );
      if (door !== null) link(id, door);
      return room(id);
    },
    leave(id) {
      room(id).close();
      rooms.delete(id);
    },
    crash(id) {
      dead.add(id);
      room(id).close();
      rooms.delete(id);
    },
    linksBetween: (a, b) =>
      pairs.filter(
        ({ ends, open }) =>
          open &&
          [a, b].sort().join() ===
            ends
              .map(({ peer }) => peer)
              .sort()
              .join(),
      ).length,
    close() {
      for (const one of rooms.values()) one.close();
    },
  };
}

/** Small seeded generator: the same seed, the same story. */
export function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
