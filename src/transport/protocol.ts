/** Version of everything behind a frame's header. Bytes 0–3 of a frame (magic, version) and the chunk header never change. */
export const PROTOCOL_VERSION = 1;

/** "EL": the first two bytes of every frame. */
export const MAGIC: readonly [number, number] = [0x45, 0x4c];

/** Length of the proven room key, of a nonce and of a proof. */
export const KEY_BYTES = 32;

/** Who is behind when two versions meet, in a sentence that names the remedy. `ours` and `theirs` differ. */
export function versionAdvice(theirs: number, peer: string): string {
  const facts = `this device speaks protocol ${PROTOCOL_VERSION}, ${peer} speaks ${theirs}`;
  return theirs > PROTOCOL_VERSION
    ? `${facts}: this device is older; reload this page`
    : `${facts}: ${peer} is older; reload the page there`;
}
