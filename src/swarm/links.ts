import type { DeviceId, Link, World } from "../transport/link.ts";

/** The open links of a room by device. */
export interface Links {
  /** A second link of a device takes the place of the first. */
  add(link: Link): void;
  /** The link closed; true when the device has no other. */
  remove(link: Link): boolean;
  /** The newest link of a device. */
  to(device: DeviceId): Link | null;
  all(): readonly Link[];
}

/** After this time the other side has closed what it wanted to close. */
const settleMs = 5000;
const mostPerDevice = 4;

/**
 * When both sides connect at once, each sees two links, maybe in another order. If both kept their newest, both links
 * could close; so the side with the smaller id closes, and the other one keeps both until that has happened.
 */
export function createLinks(self: DeviceId, world: World): Links {
  const open = new Map<DeviceId, readonly Link[]>();
  const of = (device: DeviceId): readonly Link[] => open.get(device) ?? [];
  const closeOlder = (device: DeviceId, kept: number) => {
    for (const link of of(device).slice(0, -kept))
      link.close({ type: "left", message: "a newer connection took the place of this one" });
  };
  return {
    add(link) {
      open.set(link.peer, [...of(link.peer), link]);
      closeOlder(link.peer, self < link.peer ? 1 : mostPerDevice);
      if (of(link.peer).length > 1) world.after(settleMs, () => closeOlder(link.peer, 1));
    },
    remove(link) {
      const left = of(link.peer).filter((other) => other !== link);
      if (left.length > 0) open.set(link.peer, left);
      else open.delete(link.peer);
      return left.length === 0;
    },
    to: (device) => of(device).at(-1) ?? null,
    all: () => [...open.values()].flat(),
  };
}
