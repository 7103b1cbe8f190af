import { createDecoder, readVarString, readVarUint } from "lib0/decoding";
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from "lib0/encoding";
import { MalformedUpdate } from "./malformed-update.ts";

/** One entry of a y-protocols awareness update. */
export interface AwarenessEntry {
  readonly client: number;
  /** Of two entries of a client the one with the higher clock holds. */
  readonly clock: number;
  /** JSON; null says that the client is gone. */
  readonly state: unknown;
}

const mostBytes = 1 << 20;
const mostEntries = 256;

/** The entries of an update, none of them checked for what it says. Throws MalformedUpdate. */
export function decodeAwareness(update: Uint8Array): readonly AwarenessEntry[] {
  if (update.length > mostBytes) throw new MalformedUpdate(`${update.length} bytes of presence`);
  try {
    // A copy: the decoder reads on beyond a view's end, into whatever its buffer holds there.
    const decoder = createDecoder(update.slice());
    const count = readVarUint(decoder);
    if (count > mostEntries) throw new MalformedUpdate(`${count} presences at once`);
    return Array.from({ length: count }, () => {
      const client = readVarUint(decoder);
      const clock = readVarUint(decoder);
      const state: unknown = JSON.parse(readVarString(decoder));
      return { client, clock, state };
    });
  } catch (error) {
    throw error instanceof MalformedUpdate ? error : new MalformedUpdate("unreadable presence");
  }
}

export function encodeAwareness({ client, clock, state }: AwarenessEntry): Uint8Array<ArrayBuffer> {
  const encoder = createEncoder();
  writeVarUint(encoder, 1);
  writeVarUint(encoder, client);
  writeVarUint(encoder, clock);
  writeVarString(encoder, JSON.stringify(state));
  return new Uint8Array(toUint8Array(encoder));
}
