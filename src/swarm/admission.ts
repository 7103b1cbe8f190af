import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { authenticate } from "../transport/authenticate.ts";
import { createLink } from "../transport/channel-link.ts";
import type { ByteChannel, DeviceId, Link, World } from "../transport/link.ts";

export interface Admission {
  readonly channel: ByteChannel;
  /** Who is meant to be at the other end; null when the room's door led there. */
  readonly expected: DeviceId | null;
  readonly self: DeviceId;
  readonly room: string;
  readonly key: Uint8Array<ArrayBuffer>;
  /** Of both ends' DTLS certificates. */
  readonly fingerprints: { readonly local: string; readonly remote: string };
  readonly world: World;
}

/**
 * Turns a new connection into a link of the room. Rejects with NotAuthorised, ProtocolMismatch or PeerLeft; the
 * connection is closed then.
 */
export async function admit({
  channel,
  expected,
  self,
  room,
  key,
  fingerprints,
  world,
}: Admission): Promise<Link> {
  const link = createLink({ channel, peer: expected ?? "the room's door", world });
  const { device } = await authenticate(link, { self: { device: self, room }, key, fingerprints, world });
  if (expected !== null && device !== expected) {
    const message = `${device} answered where ${expected} was called`;
    link.close({ type: "not-authorised", message });
    throw new EdgeloomError("NotAuthorised", `${message}; reload both tabs`);
  }
  if (device === self) {
    link.close({ type: "left", message: "a device needs no link to itself" });
    throw new EdgeloomError("PeerLeft", "this device was led to itself");
  }
  return { ...link, peer: device };
}
