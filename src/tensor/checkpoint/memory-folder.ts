import { EdgeloomError } from "../edgeloom-error.ts";
import { checkPath, decodeText, type Folder, maxTextBytes } from "./folder.ts";

/** A folder whose files are held in memory, by path. */
export function memoryFolder(files: Readonly<Record<string, Uint8Array>>): Folder {
  const ref = "memory:/";
  const held = new Map(Object.entries(files));
  const missing = (path: string): string => `${ref}${path} isn't there; add the file`;
  return {
    ref,
    text: async (path) => {
      checkPath(path);
      const file = held.get(path);
      if (file === undefined) throw new EdgeloomError("Unreachable", missing(path));
      if (file.byteLength > maxTextBytes)
        throw new EdgeloomError(
          "CorruptCheckpoint",
          `${ref}${path} has ${file.byteLength} bytes, more than the ${maxTextBytes} of any text file; check the file`,
        );
      return decodeText(file, ref + path);
    },
    exists: async (path) => {
      checkPath(path);
      return held.has(path);
    },
    bytes: async (path, { start, end }, options) => {
      checkPath(path);
      if (options?.signal?.aborted)
        throw new EdgeloomError("Cancelled", `reading ${ref}${path} was cancelled`);
      const file = held.get(path);
      if (file === undefined) throw new EdgeloomError("CorruptCheckpoint", missing(path));
      if (end > file.byteLength)
        throw new EdgeloomError(
          "CorruptCheckpoint",
          `${ref}${path} ends at byte ${file.byteLength}, before the wanted ${start}–${end}; add the whole file`,
        );
      const bytes = new Uint8Array(file.subarray(start, end));
      options?.onBytes?.(bytes.byteLength);
      return bytes;
    },
    sizeBytes: (path) => held.get(path)?.byteLength ?? null,
  };
}
