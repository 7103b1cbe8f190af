import { EdgeloomError } from "../tensor/edgeloom-error.ts";

/** A room and the key that admits to it. */
export interface RoomAddress {
  readonly room: string;
  /** 32 bytes. */
  readonly key: Uint8Array<ArrayBuffer>;
  /** The page's address with both in it: what others are invited with. */
  readonly joinUrl: string;
}

const keyBytes = 32;

/**
 * Reads the room from the query and its key from the fragment, which browsers send to no server. Where there is none,
 * a fresh room with a fresh key. Throws InvalidRequest for a malformed one.
 */
export function readRoomAddress(
  href: string,
  randomBytes: (count: number) => Uint8Array<ArrayBuffer>,
): RoomAddress {
  const url = new URL(href);
  const given = url.searchParams.get("room");
  const text = new URLSearchParams(url.hash.slice(1)).get("key");
  if (given !== null && !/^[\w-]{1,64}$/.test(given))
    throw invalid("room", "1 to 64 letters, digits, - and _");
  if (given !== null && text === null)
    throw invalid("#key", "the room's key; ask for the whole address, up to its end");
  const room = given ?? toBase64url(randomBytes(6)).replaceAll(/[-_]/g, "x");
  const key = given !== null && text !== null ? fromBase64url(text) : randomBytes(keyBytes);
  const join = new URL(url.pathname, url);
  join.searchParams.set("room", room);
  join.hash = `key=${toBase64url(key)}`;
  return { room, key, joinUrl: join.href };
}

/** The page's own address with room and key written in, its other parameters kept. */
export function addressWithRoom(href: string, { room, key }: RoomAddress): string {
  const url = new URL(href);
  url.searchParams.set("room", room);
  url.hash = `key=${toBase64url(key)}`;
  return url.href;
}

export const toBase64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const isKey = /^[\w-]{43}$/.test(text);
  if (!isKey)
    throw invalid("#key", `${keyBytes} bytes in base64url; ask for the whole address, up to its end`);
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
    letter.charCodeAt(0),
  );
}

const invalid = (part: string, wanted: string): EdgeloomError =>
  new EdgeloomError("InvalidRequest", `${part} in this page's address must be ${wanted}`);
