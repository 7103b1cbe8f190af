import type { Frame } from "../transport/frame.ts";
import type { CloseReason, DeviceId, Link, World } from "../transport/link.ts";
import { type Calls, createCalls } from "./calls.ts";
import { createIntroductions, type Introductions } from "./introductions.ts";
import { createLinks, type Links } from "./links.ts";
import { MalformedUpdate } from "./malformed-update.ts";
import { createNotices, type Notices } from "./notices.ts";
import { createPresences, type Presences } from "./presences.ts";
import { createSharedState, type SharedState } from "./shared-state.ts";

/** What a room is made of. */
export interface RoomParts {
  readonly links: Links;
  readonly presences: Presences;
  readonly state: SharedState;
  readonly calls: Calls;
  readonly introductions: Introductions;
  readonly notices: Notices;
}

export interface RoomPartsOptions {
  readonly self: DeviceId;
  readonly world: World;
  connect(device: DeviceId): void;
  changed(): void;
}

export function createRoomParts({ self, world, connect, changed }: RoomPartsOptions): RoomParts {
  const links = createLinks(self, world);
  return {
    links,
    presences: createPresences({ self, world, tell: (update) => tell(links.all(), update), changed }),
    state: createSharedState({ links: links.all, changed }),
    calls: createCalls({ self, world, linkTo: links.to }),
    introductions: createIntroductions({ self, world, connect, isLinked: (id) => links.to(id) !== null }),
    notices: createNotices(world, changed),
  };
}

function tell(links: readonly Link[], update: Uint8Array<ArrayBuffer>): void {
  // A link that closes under our hands is dropped by its own `closed`.
  for (const link of links) link.send({ type: "presence", update }).catch(() => {});
}

/** Takes a link in: says who is here, asks what it knows, and obeys it until it closes. `other` gets what isn't the room's. */
export function attach(parts: RoomParts, link: Link, other: (frame: Frame) => void): void {
  const { links, introductions, presences, state } = parts;
  void link.closed.then((reason) => dropLink(parts, link, reason));
  links.add(link);
  introductions.linked(link.peer);
  for (const update of presences.updates()) tell([link], update);
  state.greet(link);
  link.onFrame((frame) => {
    const rest = takeFrame(parts, link, frame);
    if (rest) other(rest);
  });
}

/** Takes a frame of the room's own; null when it is somebody else's. A peer that sends nonsense loses its link. */
function takeFrame(parts: RoomParts, link: Link, frame: Frame): Frame | null {
  try {
    switch (frame.type) {
      case "state":
        parts.state.receive(link, frame.update);
        return null;
      case "presence":
        takePresence(parts, link, frame.update);
        return null;
      case "request":
      case "reply":
        parts.calls.receive(link, frame);
        return null;
      default:
        return frame;
    }
  } catch (error) {
    if (!(error instanceof MalformedUpdate)) throw error;
    link.close({ type: "malformed", message: error.message });
    return null;
  }
}

function takePresence({ links, presences, introductions }: RoomParts, link: Link, update: Uint8Array): void {
  const { isNew, mentioned } = presences.receive(link.peer, update);
  for (const device of mentioned) introductions.mention(device);
  const entry = isNew ? presences.updateOf(link.peer) : null;
  // The others may not have heard of it: they find each other through us.
  if (entry)
    tell(
      links.all().filter(({ peer }) => peer !== link.peer),
      entry,
    );
}

/** A link has closed: with a device's last one, the device is gone from here at once [S3]. */
function dropLink(parts: RoomParts, link: Link, reason: CloseReason): void {
  const { links, presences, calls, introductions, notices } = parts;
  calls.ended(link);
  if (reason.type === "malformed" || reason.type === "protocol-mismatch")
    notices.add({ device: link.peer, name: "ProtocolMismatch", message: reason.message });
  if (!links.remove(link)) return;
  presences.forget(link.peer);
  // Who broke off in silence may still live; who left, or was sent away, isn't called back.
  if (reason.type === "lost" || reason.type === "silent") introductions.lost(link.peer);
}
