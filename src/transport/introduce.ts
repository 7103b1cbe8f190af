import type { DataConnection, Peer, PeerOptions } from "peerjs";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { type Door, openDoor } from "./door.ts";
import { type Introduction, introduction } from "./introduction.ts";
import type { DeviceId, World } from "./link.ts";
import { type Signalling, startSignalling } from "./signalling.ts";

export interface IntroduceOptions {
  /** The PeerServer: `http(s)://host:port/path`. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly secure: boolean;
  /** The PeerServer's own key. Default "peerjs". */
  readonly key?: string;
  /** Letters and digits, joined by single - or _. */
  readonly room: string;
  /** The same; `el-` and something random. */
  readonly device: DeviceId;
  readonly iceServers: readonly RTCIceServer[];
  /** Use no direct path, only TURN servers. */
  readonly relayOnly: boolean;
  readonly world: World;
}

export interface SignallingStatus {
  /** The signalling server can be reached. Links live on without it; new ones need it. */
  readonly up: boolean;
  /** This tab holds the room's door: newcomers find the room through it. */
  readonly holdsDoor: boolean;
}

/** Joins a room and introduces its members to each other; bytes are the links' business. */
export interface Introducer {
  /** Connects to a member known from others; false while signalling is down. The caller decides which of two calls the other. */
  connect(device: DeviceId): boolean;
  /** Every new connection, either way. The listener runs in the task in which the channel was created. */
  onChannel(listener: (introduction: Introduction) => void): void;
  onStatus(listener: (status: SignallingStatus) => void): void;
  /** A device that was called is not known to the signalling server. */
  onUnavailable(listener: (device: DeviceId) => void): void;
  /** Whoever answered at the door is this device, and there is a link with it (the door's connection, or an older one). */
  foundHolder(device: DeviceId): void;
  /** The link with this device ended. */
  lostPeer(device: DeviceId): void;
  /** No member is known to hold the door: look for its holder anew, or become it. */
  seekDoor(): void;
  /** Leaves the room. Close the links first, so that their farewells get through. */
  close(): void;
}

/** More connections than a room's full mesh needs; a stranger's further ones are refused. */
const MOST_CONNECTIONS = 200;
const FAREWELL_MS = 300;
const ID = /^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$/;

/** Enters the room. Throws InvalidRequest for a room or device that can't be an id of a PeerServer. */
export function introduce(options: IntroduceOptions): Introducer {
  for (const id of [options.room, options.device])
    if (!ID.test(id) || id.length > 64)
      throw new EdgeloomError(
        "InvalidRequest",
        `"${id}" can't be a room or device: up to 64 letters and digits, joined by single - or _`,
      );
  const room: Room = {
    options,
    doorId: `el-door-${options.room}`,
    hub: createHub(options.world),
    calls: new Map(),
    status: { up: false, holdsDoor: false },
    door: null,
  };
  const own = standInRoom(room);
  const door = standAtDoor(room, own);
  room.door = door;
  const { hub } = room;
  return {
    connect: (other) => connectTo(room, own, other),
    onChannel: (listener) => {
      hub.listeners.channel = listener;
    },
    onStatus: (listener) => {
      hub.listeners.status = listener;
      listener(room.status);
    },
    onUnavailable: (listener) => {
      hub.listeners.unavailable = listener;
    },
    foundHolder: door.foundHolder,
    lostPeer: door.lostPeer,
    seekDoor: door.seek,
    close: () => {
      door.close();
      own.release();
      options.world.after(FAREWELL_MS, () => {
        own.destroy();
        for (const peer of hub.doors) peer.destroy();
      });
    },
  };
}

interface Room {
  readonly options: IntroduceOptions;
  readonly doorId: string;
  readonly hub: Hub;
  /** Calls to members that are under way or through. */
  readonly calls: Map<DeviceId, Introduction>;
  status: SignallingStatus;
  door: Door | null;
}

function report(room: Room, change: Partial<SignallingStatus>): void {
  const next = { ...room.status, ...change };
  if (next.up === room.status.up && next.holdsDoor === room.status.holdsDoor) return;
  room.status = next;
  room.hub.listeners.status(next);
}

/** Takes this device's own id, under which members call it. */
function standInRoom(room: Room): Signalling {
  const { options, hub, doorId, calls } = room;
  return startSignalling({
    id: options.device,
    peerOptions: peerOptionsOf(options),
    world: options.world,
    onPeer: (peer) => {
      peer.on("connection", (connection) => hub.admit(connection, false));
      peer.on("error", (error) => {
        const absent = absentPeer(error);
        if (absent === doorId) room.door?.unanswered();
        else if (absent !== null) {
          calls.get(absent)?.close();
          hub.listeners.unavailable(absent);
        }
      });
    },
    onStatus: (up) => report(room, { up }),
    onTaken: () => report(room, { up: false }),
  });
}

/** Takes the door's id, or connects to the tab that has it. */
function standAtDoor(room: Room, own: Signalling): Door {
  const { options, hub, doorId } = room;
  return openDoor({
    world: options.world,
    claim: ({ onHeld, onTaken }) =>
      startSignalling({
        id: doorId,
        peerOptions: peerOptionsOf(options),
        world: options.world,
        onPeer: (peer) => {
          hub.doors.add(peer);
          peer.on("close", () => hub.doors.delete(peer));
          peer.on("connection", (connection) => hub.admit(connection, true));
        },
        onStatus: onHeld,
        onTaken,
      }),
    knock: (on) => {
      const connection = call(own.peer(), doorId, options.device);
      return (
        connection && hub.handOut(connection, { remotePeer: null, viaDoor: true, initiator: true, ...on })
      );
    },
    onHolding: (holdsDoor) => report(room, { holdsDoor }),
  });
}

function connectTo({ calls, hub, options }: Room, own: Signalling, other: DeviceId): boolean {
  if (calls.has(other)) return true;
  const connection = call(own.peer(), other, options.device);
  if (!connection) return false;
  let over = false;
  const onEnd = (): void => {
    over = true;
    calls.delete(other);
  };
  const way = { remotePeer: other, viaDoor: false, initiator: true, onOpen: () => {}, onEnd };
  const made = hub.handOut(connection, way);
  // The listener may have closed it already.
  if (!over) calls.set(other, made);
  return true;
}

type Way = Pick<Introduction, "remotePeer" | "viaDoor" | "initiator"> & {
  readonly onOpen: () => void;
  readonly onEnd: () => void;
};

/** Where all connections of this tab come together. */
interface Hub {
  readonly listeners: {
    channel: (introduction: Introduction) => void;
    status: (status: SignallingStatus) => void;
    unavailable: (device: DeviceId) => void;
  };
  /** Peers that hold or held the door: connections through them live on when the door is lost. */
  readonly doors: Set<Peer>;
  /** Takes a connection that someone made to us. */
  admit(connection: DataConnection, viaDoor: boolean): void;
  handOut(connection: DataConnection, way: Way): Introduction;
}

function createHub(world: World): Hub {
  let live = 0;
  const hub: Hub = {
    listeners: { channel: () => {}, status: () => {}, unavailable: () => {} },
    doors: new Set(),
    admit(connection, viaDoor) {
      if (live >= MOST_CONNECTIONS) connection.close();
      else
        hub.handOut(connection, {
          remotePeer: connection.peer,
          viaDoor,
          initiator: false,
          onOpen: () => {},
          onEnd: () => {},
        });
    },
    handOut(connection, way) {
      live += 1;
      const onEnd = (): void => {
        live -= 1;
        way.onEnd();
      };
      const made = introduction(connection, { ...way, world, onEnd });
      hub.listeners.channel(made);
      return made;
    },
  };
  return hub;
}

/** Starts a connection; null while signalling is down. */
function call(peer: Peer, id: string, device: DeviceId): DataConnection | null {
  if (peer.disconnected || peer.destroyed || !peer.id) return null;
  return peer.connect(id, { serialization: "raw", reliable: true, metadata: { device } }) ?? null;
}

const peerOptionsOf = (options: IntroduceOptions): PeerOptions => ({
  host: options.host,
  port: options.port,
  path: options.path,
  secure: options.secure,
  key: options.key ?? "peerjs",
  config: {
    iceServers: [...options.iceServers],
    iceTransportPolicy: options.relayOnly ? "relay" : "all",
  },
});

/** The id that PeerJS says is not there; only its message names it. */
function absentPeer(error: { readonly type: string; readonly message: string }): string | null {
  return error.type === "peer-unavailable" ? (error.message.split(" ").at(-1) ?? null) : null;
}
