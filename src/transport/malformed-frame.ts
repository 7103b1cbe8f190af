import { versionAdvice } from "./protocol.ts";

/** Bytes that are no frame: the link they came over closes, and nothing else happens [L3]. */
export class MalformedFrame extends Error {
  override readonly name: string = "MalformedFrame";
}

/** A frame of another protocol version; nothing behind its version was read. */
export class ForeignVersion extends MalformedFrame {
  override readonly name = "ForeignVersion";
  readonly version: number;
  constructor(version: number) {
    super(versionAdvice(version, "the other side"));
    this.version = version;
  }
}
