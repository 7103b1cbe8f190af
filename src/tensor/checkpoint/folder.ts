import { EdgeloomError } from "../edgeloom-error.ts";

/** Bytes [start, end) of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of this range that have come so far; after a retry it begins anew. */
  readonly onBytes?: ((received: number) => void) | undefined;
}

/** The files of one model. A path is relative: plain names joined by "/". */
export interface Folder {
  /** What the folder is called in messages: its URL. */
  readonly ref: string;
  /** A text file in UTF-8 of at most 64 MB. Throws Unreachable when it isn't there. */
  text(path: string): Promise<string>;
  /** Whether the file is there. Throws Unreachable when nobody can say. */
  exists(path: string): Promise<boolean>;
  /** Exactly this range of a file. Throws CorruptCheckpoint when the file isn't there or ends before the range does. */
  bytes(path: string, range: ByteRange, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** A file's length, once an answer to `bytes` has told it; else null. */
  sizeBytes(path: string): number | null;
}

export const maxTextBytes = 64_000_000;

const plainName = /^[\w@+-][\w@+. -]*$/;

/** Whether a path stays below its folder, however it is joined to it. */
export const isPlainPath = (path: string): boolean =>
  path.length <= 1000 && path.split("/").every((name) => plainName.test(name));

export function checkPath(path: string): void {
  if (!isPlainPath(path))
    throw new EdgeloomError(
      "InvalidRequest",
      `${JSON.stringify(path.slice(0, 200))} is no path below a model's folder; name a file by plain names and "/"`,
    );
}

/** UTF-8 bytes of a text file as text. Throws CorruptCheckpoint when they aren't UTF-8. */
export function decodeText(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new EdgeloomError("CorruptCheckpoint", `${where} is no text in UTF-8; download the file anew`);
  }
}

/** The value of a JSON file. Throws as `text` does, and CorruptCheckpoint when the text is no JSON. */
export async function readJson(folder: Folder, path: string): Promise<unknown> {
  const text = await folder.text(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    const fact = error instanceof Error ? error.message.slice(0, 120) : "?";
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `${folder.ref}${path} is no JSON (${fact}); download the file anew`,
    );
  }
}
