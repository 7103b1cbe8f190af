import { createByteWriter } from "./byte-writer.ts";
import { KEY_BYTES } from "./protocol.ts";

/** What one side said in its hello. */
export interface Greeting {
  readonly protocol: number;
  readonly device: string;
  readonly room: string;
  /** 32 random bytes. */
  readonly nonce: Uint8Array<ArrayBuffer>;
}

/** What a proof vouches for: who proves it to whom, over which DTLS connection. */
export interface Statement {
  readonly sender: Greeting;
  readonly receiver: Greeting;
  /** SHA-256 fingerprints of the sender's and the receiver's certificate; null where there is no DTLS. */
  readonly fingerprints: { readonly sender: string; readonly receiver: string } | null;
}

const LABEL = "edgeloom room proof";
const text = new TextEncoder();

/** The room key, for signing and verifying only. `key` is 32 bytes. */
export function importRoomKey(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

/** HMAC-SHA-256 of the statement, 32 bytes. */
export async function prove(key: CryptoKey, statement: Statement): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, statementBytes(statement)));
}

/** Whether `mac` proves the statement; compared in constant time. */
export async function isProven(
  key: CryptoKey,
  statement: Statement,
  mac: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const expected = await prove(key, statement);
  let difference = mac.length ^ KEY_BYTES;
  for (const [i, byte] of expected.entries()) difference |= byte ^ (mac[i] ?? 0);
  return difference === 0;
}

/** Every field with its length before it, so that no two statements share their bytes. */
function statementBytes({ sender, receiver, fingerprints }: Statement): Uint8Array<ArrayBuffer> {
  const out = createByteWriter(1024);
  const field = (bytes: Uint8Array): void => {
    out.u32(bytes.length);
    out.bytes(bytes);
  };
  field(text.encode(LABEL));
  for (const { protocol, device, room, nonce } of [sender, receiver]) {
    out.u32(protocol);
    field(text.encode(device));
    field(text.encode(room));
    field(nonce);
  }
  out.u8(fingerprints ? 1 : 0);
  if (fingerprints)
    for (const fingerprint of [fingerprints.sender, fingerprints.receiver]) field(text.encode(fingerprint));
  return out.finish();
}
