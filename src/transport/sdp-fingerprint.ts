import { EdgeloomError } from "../tensor/edgeloom-error.ts";

/**
 * The SHA-256 fingerprint of the one certificate that a session description allows, in upper case. Throws
 * NotAuthorised where there is none, another hash, or a second one: with two, the browser would accept either, and a
 * proof over one of them would bind nothing.
 */
export function sdpFingerprint(sdp: string): string {
  const lines = sdp.split(/\r\n|\n/).filter((line) => line.toLowerCase().startsWith("a=fingerprint:"));
  const found = new Set(lines.map((line) => line.slice("a=fingerprint:".length).trim().toUpperCase()));
  const [only] = found;
  const [hash, fingerprint] = only?.split(/ +/) ?? [];
  if (found.size !== 1 || hash !== "SHA-256" || !/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/.test(fingerprint ?? ""))
    throw new EdgeloomError(
      "NotAuthorised",
      `a session description has ${found.size} fingerprints (${hash ?? "none"}) where one SHA-256 fingerprint belongs; try again, and distrust the signalling server if it stays so`,
    );
  return fingerprint ?? "";
}
