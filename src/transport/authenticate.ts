import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { errorOfReason } from "./close-reason.ts";
import type { Frame } from "./frame.ts";
import { GREETING_BYTES } from "./limits.ts";
import type { CloseReason, DeviceId, Link, World } from "./link.ts";
import { KEY_BYTES, PROTOCOL_VERSION, versionAdvice } from "./protocol.ts";
import { realWorld } from "./real-world.ts";
import { type Greeting, importRoomKey, isProven, prove, type Statement } from "./room-proof.ts";

export interface AuthenticateOptions {
  readonly self: { readonly device: DeviceId; readonly room: string };
  /** The room's key, 32 bytes. */
  readonly key: Uint8Array<ArrayBuffer>;
  /** SHA-256 fingerprints of both DTLS certificates, written alike on both sides; null over a link without DTLS. */
  readonly fingerprints: { readonly local: string; readonly remote: string } | null;
  /** Default 10,000. */
  readonly timeoutMs?: number;
  /** Default: the device's own clock. */
  readonly world?: World;
}

/**
 * Proves the room's key to the other side and has it proven, bound to both hellos and both DTLS fingerprints. Nothing
 * else is accepted before; what the other side sends right after its proof waits for the link's next listener.
 *
 * On failure the link is closed and this rejects: ProtocolMismatch (the message says which side to reload),
 * NotAuthorised (another key, room or connection; both sides learn it), PeerLeft (no answer in time, or gone).
 */
export async function authenticate(
  link: Link,
  options: AuthenticateOptions,
): Promise<{ readonly device: DeviceId }> {
  const { world = realWorld, timeoutMs = 10_000 } = options;
  const close = (type: CloseReason["type"], message: string): void => link.close({ type, message });
  const cancel = world.after(timeoutMs, () =>
    close("lost", `${link.peer} did not introduce itself within ${timeoutMs} ms; join again`),
  );
  try {
    return await Promise.race([
      shakeHands(link, options),
      link.closed.then((reason) => {
        throw errorOfReason(reason, link.peer);
      }),
    ]);
  } catch (error) {
    close(...closingWords(error));
    throw error;
  } finally {
    cancel();
  }
}

async function shakeHands(link: Link, options: AuthenticateOptions): Promise<{ readonly device: DeviceId }> {
  const { self, fingerprints } = options;
  const arriving = greetings(link);
  const key = await usableKey(options.key);
  const nonce = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const mine: Greeting = { protocol: PROTOCOL_VERSION, ...self, nonce };
  await link.send({ type: "hello", ...mine });
  const theirs = await arriving.hello;
  checkGreeting(theirs, mine);

  const prints = fingerprints && { sender: fingerprints.local, receiver: fingerprints.remote };
  await link.send({
    type: "proof",
    mac: await prove(key, { sender: mine, receiver: theirs, fingerprints: prints }),
  });
  const mac = await arriving.proof;
  const claim: Statement = {
    sender: theirs,
    receiver: mine,
    fingerprints: fingerprints && { sender: fingerprints.remote, receiver: fingerprints.local },
  };
  if (!(await isProven(key, claim, mac)))
    throw notAuthorised(`${theirs.device} holds another key than this room's`);
  return { device: theirs.device };
}

/** The other side's hello and proof: its first two frames, or the link ends. */
function greetings(link: Link): {
  readonly hello: Promise<Greeting>;
  readonly proof: Promise<Uint8Array<ArrayBuffer>>;
} {
  let onHello = (_greeting: Greeting): void => {};
  let onProof = (_mac: Uint8Array<ArrayBuffer>): void => {};
  const hello = new Promise<Greeting>((resolve) => {
    onHello = resolve;
  });
  const proof = new Promise<Uint8Array<ArrayBuffer>>((resolve) => {
    onProof = resolve;
  });
  let greeted = false;
  link.onFrame((frame: Frame) => {
    if (frame.type === "hello" && !greeted) {
      greeted = true;
      onHello(frame);
    } else if (frame.type === "proof" && greeted) {
      // From here on frames wait: whoever gets the authenticated link takes them.
      link.onFrame(null);
      onProof(frame.mac);
    } else
      link.close({ type: "malformed", message: `a ${frame.type} frame before the proof of the room's key` });
  }, GREETING_BYTES);
  return { hello, proof };
}

function checkGreeting(theirs: Greeting, mine: Greeting): void {
  if (theirs.protocol !== PROTOCOL_VERSION)
    throw new EdgeloomError("ProtocolMismatch", versionAdvice(theirs.protocol, theirs.device));
  if (theirs.room !== mine.room) throw notAuthorised(`${theirs.device} wants another room`);
  // Our own words sent back to us prove nothing.
  if (theirs.device === mine.device || theirs.nonce.every((byte, i) => byte === mine.nonce[i]))
    throw notAuthorised("the other side took this device's own name");
}

async function usableKey(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  if (key.length !== KEY_BYTES)
    throw new EdgeloomError(
      "InvalidRequest",
      `the room's key has ${key.length} bytes instead of ${KEY_BYTES}`,
    );
  if (globalThis.crypto.subtle === undefined)
    throw notAuthorised(
      "this page was opened over plain http, where a browser can't prove keys; open it over https",
    );
  return importRoomKey(key);
}

const notAuthorised = (fact: string): EdgeloomError =>
  new EdgeloomError("NotAuthorised", `${fact}; open the room's whole join link, with what follows the #`);

/** What the other side is told when this side gives up. */
function closingWords(error: unknown): [CloseReason["type"], string] {
  const message = error instanceof Error ? error.message : String(error);
  const name = error instanceof EdgeloomError ? error.name : null;
  if (name === "ProtocolMismatch") return ["protocol-mismatch", message];
  return [name === "NotAuthorised" ? "not-authorised" : "lost", message];
}
