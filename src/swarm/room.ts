import type { Notice } from "../page-api.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { Frame } from "../transport/frame.ts";
import type { DeviceId, Link, World } from "../transport/link.ts";
import type { CallOptions } from "./calls.ts";
import { coordinatorAmong } from "./coordinator.ts";
import { createListeners } from "./listeners.ts";
import { createOwnPresence } from "./own-presence.ts";
import type { PlacementRecord } from "./placement.ts";
import type { Presence } from "./presence.ts";
import { attach, createRoomParts } from "./room-parts.ts";

export interface RoomOptions {
  readonly self: DeviceId;
  readonly name: string;
  readonly world: World;
  /** What this device says of itself at first. */
  readonly presence: Presence;
  /** Asks the page for a connection; what comes of it arrives at `addLink`. */
  connect(device: DeviceId): void;
}

/** Everybody who is here, and what they share. */
export interface Room {
  readonly self: DeviceId;
  readonly name: string;
  /** This device, and every device that is linked to it and has said who it is: nobody else, so no ghosts [S3]. */
  presence(): ReadonlyMap<DeviceId, Presence>;
  setPresence(patch: Partial<Presence>): void;
  /** Who writes the placement: the lowest id among those who compute, or of all while nobody does. */
  coordinator(): DeviceId;
  placement(): PlacementRecord | null;
  /** The coordinator's word; nobody else may say it. */
  adopt(placement: PlacementRecord | null): void;
  /** Takes an authenticated link. A second one of the same device takes the place of the first. */
  addLink(link: Link): void;
  linkTo(device: DeviceId): Link | null;
  /** The signalling server doesn't know this device any more. */
  unavailable(device: DeviceId): void;
  /** Frames that are not the room's own. */
  onFrame(listener: (link: Link, frame: Frame) => void): void;
  request(device: DeviceId, operation: string, options: CallOptions): Promise<unknown>;
  serve(operation: string, handler: (body: unknown, from: DeviceId) => Promise<unknown>): void;
  notice(notice: Omit<Notice, "atMs">): void;
  notices(): readonly Notice[];
  /** Calls back after anything above may have changed. */
  subscribe(listener: () => void): () => void;
  close(): void;
}

type FrameListener = (link: Link, frame: Frame) => void;

/** Throws InvalidRequest when the others would refuse the presence. */
export function createRoom({ self, name, world, connect, presence: first }: RoomOptions): Room {
  const listeners = createListeners();
  const parts = createRoomParts({ self, world, connect, changed: listeners.call });
  const { links, presences, state, calls, introductions, notices } = parts;
  let frameListener: FrameListener = () => {};
  let isOpen = true;
  const own = createOwnPresence(first, world, (next) => {
    presences.setOwn(next);
    listeners.call();
  });
  const presence = () => new Map([[self, own.get()], ...presences.known()]);

  const room: Room = {
    self,
    name,
    presence,
    setPresence: (patch) => {
      if (isOpen) own.set(patch);
    },
    coordinator: () => coordinatorAmong(presence()),
    placement: state.placement,
    adopt(placement) {
      if (room.coordinator() !== self) throw notCoordinator();
      state.setPlacement(placement);
    },
    addLink: (link) => {
      if (!isOpen) return link.close({ type: "left", message: "the tab was closed" });
      attach(parts, link, (frame) => frameListener(link, frame));
      void link.closed.then(listeners.call);
      listeners.call();
    },
    linkTo: links.to,
    unavailable: introductions.unavailable,
    onFrame: (listener) => {
      frameListener = listener;
    },
    request: calls.request,
    serve: calls.serve,
    notice: notices.add,
    notices: notices.all,
    subscribe: listeners.add,
    close() {
      if (!isOpen) return;
      isOpen = false;
      listeners.close();
      own.close();
      introductions.close();
      calls.close();
      for (const link of links.all()) link.close({ type: "left", message: "the tab was closed" });
      presences.close();
      state.close();
    },
  };
  return room;
}

const notCoordinator = (): EdgeloomError =>
  new EdgeloomError("InvalidRequest", "another device became the coordinator meanwhile; ask again");
