import { createDecoder, readVarUint, readVarUint8Array } from "lib0/decoding";
import { createEncoder, type Encoder, toUint8Array } from "lib0/encoding";
import { writeSyncStep1, writeSyncStep2, writeUpdate } from "y-protocols/sync";
import { applyUpdate, Doc, decodeUpdate, encodeStateAsUpdate } from "yjs";
import type { Link } from "../transport/link.ts";
import { MalformedUpdate } from "./malformed-update.ts";
import { type PlacementRecord, parsePlacement } from "./placement.ts";

/** What a room agrees on: the placement, in a Yjs document that the links carry. */
export interface SharedState {
  placement(): PlacementRecord | null;
  setPlacement(placement: PlacementRecord | null): void;
  /** Asks a new link for what it has and we don't. */
  greet(link: Link): void;
  /** Throws MalformedUpdate; the document is then as it was. */
  receive(link: Link, message: Uint8Array): void;
  close(): void;
}

export interface SharedStateParts {
  links(): readonly Link[];
  changed(): void;
}

const mostMessageBytes = 1 << 20;
const mostStateBytes = 1 << 20;
const root = "room";
const placementKey = "placement";
const messageType = { step1: 0, step2: 1, update: 2 } as const;

export function createSharedState({ links, changed }: SharedStateParts): SharedState {
  const doc = new Doc();
  const shared = doc.getMap<unknown>(root);
  // An update goes only to links that were told everything before it: then nobody meets one that builds on what it lacks.
  const answered = new WeakSet<Link>();
  let placement: PlacementRecord | null = null;

  doc.on("update", (update: Uint8Array, origin: unknown) => {
    placement = parsePlacement(shared.get(placementKey));
    // Passed on, for the one who wrote it may be linked to us only. What is no news makes no update, so it ends.
    for (const link of links())
      if (link !== origin && answered.has(link)) say(link, (to) => writeUpdate(to, update));
    changed();
  });
  return {
    placement: () => placement,
    setPlacement: (next) => void shared.set(placementKey, next),
    greet: (link) => say(link, (to) => writeSyncStep1(to, doc)),
    receive(link, message) {
      const { type, payload } = parseMessage(message);
      if (type === messageType.step1) {
        say(link, (to) => writeStep2(to, doc, payload));
        answered.add(link);
      } else {
        checkUpdate(doc, payload);
        applyUpdate(doc, payload, link);
      }
    },
    close: () => doc.destroy(),
  };
}

function say(link: Link, write: (to: Encoder) => void): void {
  const encoder = createEncoder();
  write(encoder);
  // A link that closes under our hands is dropped by its own `closed`.
  link.send({ type: "state", update: new Uint8Array(toUint8Array(encoder)) }).catch(() => {});
}

function writeStep2(to: Encoder, doc: Doc, stateVector: Uint8Array): void {
  try {
    writeSyncStep2(to, doc, stateVector);
  } catch {
    throw new MalformedUpdate("an unreadable state vector");
  }
}

function parseMessage(message: Uint8Array): { readonly type: number; readonly payload: Uint8Array } {
  if (message.length > mostMessageBytes) throw new MalformedUpdate(`${message.length} bytes of state`);
  try {
    // A copy: the decoder reads on beyond a view's end, into whatever its buffer holds there.
    const decoder = createDecoder(message.slice());
    const type = readVarUint(decoder);
    const payload = readVarUint8Array(decoder).slice();
    if (type <= messageType.update) return { type, payload };
  } catch {
    throw new MalformedUpdate("an unreadable state message");
  }
  throw new MalformedUpdate("a state message of an unknown kind");
}

/** Tries the update on a copy, for it can't be taken back. Throws MalformedUpdate. */
function checkUpdate(doc: Doc, update: Uint8Array): void {
  const trial = new Doc();
  try {
    // Reads item by item; `applyUpdate` would first allocate as many as the update claims to hold.
    decodeUpdate(update);
    applyUpdate(trial, encodeStateAsUpdate(doc));
    applyUpdate(trial, update);
  } catch {
    throw new MalformedUpdate("an unreadable state update");
  }
  const fault = faultOf(trial);
  trial.destroy();
  if (fault !== null) throw new MalformedUpdate(fault);
}

function faultOf(doc: Doc): string | null {
  const bytes = encodeStateAsUpdate(doc).length;
  if (bytes > mostStateBytes) return `a state of ${bytes} bytes`;
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null)
    return "a state update that builds on unknown ones";
  const strangers = [...doc.share.keys()].filter((name) => name !== root);
  const shared = doc.getMap<unknown>(root);
  const others = [...shared.keys()].filter((key) => key !== placementKey);
  if (strangers.length + others.length > 0) return "a state that holds more than the placement";
  const value = shared.get(placementKey) ?? null;
  return value === null || parsePlacement(value) ? null : "a placement that makes no sense";
}
