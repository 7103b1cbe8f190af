import { Awareness, applyAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import { Doc } from "yjs";
import type { DeviceId, World } from "../transport/link.ts";
import { type AwarenessEntry, decodeAwareness, encodeAwareness } from "./awareness-update.ts";
import { MalformedUpdate } from "./malformed-update.ts";
import { type Presence, parsePresence } from "./presence.ts";

type Update = Uint8Array<ArrayBuffer>;

/**
 * What every device says of itself, in y-protocols' awareness. A device is believed on its own link only: what third
 * parties say of it (that it is here, that it is gone, whatever clock) tells no more than that it may exist.
 */
export interface Presences {
  /** Every other device that has said who it is, until it is forgotten. */
  known(): ReadonlyMap<DeviceId, Presence>;
  setOwn(presence: Presence): void;
  /** Takes in what `from` says, and tells what else is in it. Throws MalformedUpdate. */
  receive(from: DeviceId, update: Uint8Array): Heard;
  /** Its last link is gone. */
  forget(device: DeviceId): void;
  /** Own and known entries, one update each: what a new link is told. */
  updates(): readonly Update[];
  /** The entry of one device; null when it isn't known. */
  updateOf(device: DeviceId): Update | null;
  close(): void;
}

export interface Heard {
  /** Whether `from` has said who it is for the first time. */
  readonly isNew: boolean;
  /** Devices that `from` says are here. */
  readonly mentioned: readonly DeviceId[];
}

export interface PresencesParts {
  readonly self: DeviceId;
  readonly world: World;
  /** Says the own entry to every peer. */
  tell(update: Update): void;
  changed(): void;
}

export function createPresences({ self, world, tell, changed }: PresencesParts): Presences {
  const awareness = createAwareness(world);
  const speakers = createSpeakers(awareness);
  awareness.on("update", ({ removed }: { readonly removed: readonly number[] }, origin: unknown) => {
    if (origin === "local") tell(encodeOf(awareness, awareness.clientID));
    if (origin !== "timeout") return;
    // Linked, and yet it hasn't renewed its entry for half a minute: it returns with its next word.
    for (const client of removed) speakers.forgetClient(client);
    changed();
  });
  /** The devices that the entry mentions. */
  const take = (from: DeviceId, entry: AwarenessEntry): readonly DeviceId[] => {
    if (entry.state === null) {
      if (speakers.clientOf(from) === entry.client) speakers.forgetClient(entry.client);
      return [];
    }
    const presence = parsePresence(entry.state);
    if (!presence) throw new MalformedUpdate(`${from} sent a presence that makes no sense`);
    if (presence.device.id !== from) return [presence.device.id];
    speakers.believe(entry, presence);
    return presence.links.map(({ to }) => to);
  };

  return {
    known: speakers.presences,
    setOwn: (presence) => awareness.setLocalState({ presence }),
    receive(from, update) {
      const wasKnown = speakers.clientOf(from) !== null;
      const mentioned = decodeAwareness(update).flatMap((entry) => take(from, entry));
      changed();
      const isNew = !wasKnown && speakers.clientOf(from) !== null;
      return { isNew, mentioned: mentioned.filter((id) => id !== self) };
    },
    forget(device) {
      const client = speakers.clientOf(device);
      if (client !== null) speakers.forgetClient(client);
    },
    updates: () => [...awareness.getStates().keys()].map((client) => encodeOf(awareness, client)),
    updateOf(device) {
      const client = speakers.clientOf(device);
      return client === null ? null : encodeOf(awareness, client);
    },
    close() {
      // Destroying says that the own entry is gone; the links close anyway.
      awareness.destroy();
      awareness.doc.destroy();
    },
  };
}

/** The other devices, each under the client id that it speaks with. */
interface Speakers {
  presences(): ReadonlyMap<DeviceId, Presence>;
  clientOf(device: DeviceId): number | null;
  /** Takes the entry, unless a newer one is known. Throws MalformedUpdate when it is under another device's client id. */
  believe(entry: AwarenessEntry, presence: Presence): void;
  forgetClient(client: number): void;
}

function createSpeakers(awareness: Awareness): Speakers {
  const speakers = new Map<number, Presence>();
  const clientOf = (device: DeviceId): number | null => {
    for (const [client, presence] of speakers) if (presence.device.id === device) return client;
    return null;
  };
  const forgetClient = (client: number) => {
    speakers.delete(client);
    removeAwarenessStates(awareness, [client], "forgotten");
    // Without its clock, so that the same entry counts as news when the device comes back.
    awareness.meta.delete(client);
  };
  return {
    presences: () => new Map([...speakers.values()].map((presence) => [presence.device.id, presence])),
    clientOf,
    believe(entry, presence) {
      const { id } = presence.device;
      const owner = speakers.get(entry.client)?.device.id ?? id;
      if (entry.client === awareness.clientID || owner !== id)
        throw new MalformedUpdate(`${id} speaks under another device's client id`);
      const former = clientOf(id);
      if (former !== null && former !== entry.client) forgetClient(former);
      if ((awareness.meta.get(entry.client)?.clock ?? 0) >= entry.clock) return;
      applyAwarenessUpdate(awareness, encodeAwareness(entry), id);
      speakers.set(entry.client, presence);
    },
    forgetClient,
  };
}

function encodeOf(awareness: Awareness, client: number): Update {
  const state: unknown = awareness.getStates().get(client) ?? null;
  return encodeAwareness({ client, clock: awareness.meta.get(client)?.clock ?? 0, state });
}

/** Nothing said yet. Client ids take all 53 bits: with 32, two of a large room could meet. */
function createAwareness(world: World): Awareness {
  const doc = new Doc();
  doc.clientID = Math.floor(world.random() * 2 ** 53);
  const awareness = new Awareness(doc);
  awareness.setLocalState(null);
  return awareness;
}
