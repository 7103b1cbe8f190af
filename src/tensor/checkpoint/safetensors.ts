import { EdgeloomError } from "../edgeloom-error.ts";
import { outlineOf } from "./json-outline.ts";
import { bitsPerElement, type StoredDtype, storedDtype } from "./stored-dtype.ts";

/** One tensor of a file: its bytes are [start, end) from the file's first byte. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** Bytes before the first tensor's: 8 and the JSON's. */
  readonly headerBytes: number;
}

/** file := length of the JSON (u64) • JSON • bytes of the tensors, without holes. */
export const lengthFieldBytes = 8;
const maxJsonBytes = 100_000_000;
const maxTensors = 1_000_000;
const maxRank = 64;

const corrupt = (fact: string): EdgeloomError =>
  new EdgeloomError("CorruptCheckpoint", `safetensors: ${fact}; download or export the file anew`);

/** Where the tensors begin, from the first 8 bytes. `fileBytes` is null where the file's length isn't known. Throws CorruptCheckpoint. */
export function safetensorsHeaderBytes(start: Uint8Array, fileBytes: number | null): number {
  if (start.byteLength < lengthFieldBytes)
    throw corrupt(`the file has ${start.byteLength} bytes, too few for a header`);
  const json = new DataView(start.buffer, start.byteOffset, lengthFieldBytes).getBigUint64(0, true);
  if (json > BigInt(maxJsonBytes))
    throw corrupt(`a header of ${json} bytes exceeds the format's ${maxJsonBytes}`);
  const bytes = lengthFieldBytes + Number(json);
  if (fileBytes !== null && bytes > fileBytes)
    throw corrupt(`the header would end at byte ${bytes} of a file of ${fileBytes}`);
  return bytes;
}

/**
 * The tensors of a file from its first bytes (through the header at least), checked against each other and, where known,
 * the file's length. Throws CorruptCheckpoint for whatever the format forbids; nothing is allocated on the header's word.
 */
export function parseSafetensorsHeader(header: Uint8Array, fileBytes: number | null): SafetensorsHeader {
  const headerBytes = safetensorsHeaderBytes(header, fileBytes);
  if (header.byteLength < headerBytes)
    throw corrupt(`${header.byteLength} bytes were read of a header of ${headerBytes}`);
  const entries = Object.entries(parseObject(header.subarray(lengthFieldBytes, headerBytes)))
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => parseEntry(name, value, headerBytes))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  checkCoverage(entries, headerBytes, fileBytes);
  return { entries: new Map(entries.map((entry) => [entry.name, entry])), headerBytes };
}

function parseObject(json: Uint8Array): object {
  if (json[0] !== 0x7b) throw corrupt(`the header doesn't begin with "{"`);
  const outline = outlineOf(json);
  if (outline.topKeys > maxTensors + 1) throw corrupt(`${outline.topKeys} tensors exceed ${maxTensors}`);
  // Three levels hold an entry's shape; an entry has three containers, the metadata and the header one each.
  if (outline.depth > 3 || outline.containers > 3 * outline.topKeys + 1)
    throw corrupt("the header holds more objects and arrays than its tensors can need");
  const value = parseJson(json);
  if (!isObject(value)) throw corrupt("the header is no object");
  if (Object.keys(value).length !== outline.topKeys) throw corrupt("the header names a tensor twice");
  return value;
}

function parseJson(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json));
  } catch (error) {
    throw corrupt(
      `the header is no JSON in UTF-8 (${error instanceof Error ? error.message.slice(0, 120) : "?"})`,
    );
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseEntry(name: string, value: unknown, headerBytes: number): SafetensorsEntry {
  const label = JSON.stringify(name.slice(0, 200));
  if (!isObject(value) || !("dtype" in value) || !("shape" in value) || !("data_offsets" in value))
    throw corrupt(`${label} lacks its dtype, shape or data_offsets`);
  const dtype = typeof value.dtype === "string" ? storedDtype(value.dtype) : null;
  if (dtype === null)
    throw corrupt(`${label} has an unknown dtype ${String(JSON.stringify(value.dtype)).slice(0, 40)}`);
  const shape = parseCounts(value.shape);
  if (shape === null || shape.length > maxRank)
    throw corrupt(`${label} has a shape that is no list of sizes`);
  const offsets = parseCounts(value.data_offsets);
  const [start, end] = offsets ?? [];
  if (offsets?.length !== 2 || start === undefined || end === undefined || start > end)
    throw corrupt(`${label} has data_offsets that are no range of bytes`);
  const bytes = bytesOf(shape, dtype);
  if (bytes !== end - start)
    throw corrupt(
      `${label} of shape [${shape.join(", ")}] as ${dtype} doesn't take the ${end - start} bytes of its range`,
    );
  if (!Number.isSafeInteger(headerBytes + end)) throw corrupt(`${label} ends beyond any file`);
  return { name, dtype, shape, start: headerBytes + start, end: headerBytes + end };
}

/** Non-negative integers, or null. The sum with 0 turns JSON's −0 into 0. */
function parseCounts(value: unknown): readonly number[] | null {
  if (!Array.isArray(value)) return null;
  const counts: number[] = [];
  for (const item of value) {
    if (typeof item !== "number" || !Number.isSafeInteger(item) || item < 0) return null;
    counts.push(item + 0);
  }
  return counts;
}

/** Bytes of a tensor; null when they exceed safe integers or end within a byte. */
function bytesOf(shape: readonly number[], dtype: StoredDtype): number | null {
  let bits = bitsPerElement(dtype);
  for (const size of shape) {
    bits *= size;
    if (!Number.isSafeInteger(bits)) return null;
  }
  return bits % 8 === 0 ? bits / 8 : null;
}

/** The format's law: the tensors cover the file from the header to its end, each byte once. */
function checkCoverage(
  entries: readonly SafetensorsEntry[],
  headerBytes: number,
  fileBytes: number | null,
): void {
  let covered = headerBytes;
  for (const { name, start, end } of entries) {
    if (start !== covered) {
      const fact =
        start < covered
          ? "overlaps the tensor before it"
          : `leaves a hole of ${start - covered} bytes before it`;
      throw corrupt(`${JSON.stringify(name.slice(0, 200))} at byte ${start} ${fact}`);
    }
    covered = end;
  }
  if (fileBytes !== null && covered !== fileBytes)
    throw corrupt(`the tensors end at byte ${covered} of a file of ${fileBytes}`);
}
