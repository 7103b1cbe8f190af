import { EdgeloomError } from "../edgeloom-error.ts";
import { type Folder, readJson } from "./folder.ts";
import type { Wanted } from "./plan-reads.ts";
import { type LoadedTensor, type ReadTensorsOptions, readTensors } from "./read-tensors.ts";
import {
  lengthFieldBytes,
  parseSafetensorsHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
  safetensorsHeaderBytes,
} from "./safetensors.ts";
import { parseShardIndex } from "./shard-index.ts";
import { isReadable } from "./stored-dtype.ts";

/** One tensor of a checkpoint: its bytes are [start, end) of `file`. */
export interface TensorEntry extends SafetensorsEntry {
  readonly file: string;
  readonly byteLength: number;
}

export interface Checkpoint {
  /** Names of all tensors. */
  readonly names: ReadonlySet<string>;
  /** The tensors of the files opened by `openCheckpoint`. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /**
   * Reads tensors and no byte of any other, in the order of their bytes. Throws CorruptCheckpoint for one that isn't
   * there, UnsupportedModel for one of a dtype that Edgeloom doesn't read; both before any weight is fetched.
   */
  read(names: readonly string[], options?: ReadTensorsOptions): AsyncIterable<LoadedTensor>;
}

export interface OpenOptions {
  /** Opens only the shards that hold these tensors; others are opened when one of theirs is read. Default all. */
  readonly names?: Iterable<string>;
}

const singleFile = "model.safetensors";
const indexFile = "model.safetensors.index.json";
const maxHeadersAtOnce = 4;

/** A folder's weights: `model.safetensors`, or the shards that `model.safetensors.index.json` names. Fetches headers only. */
export async function openCheckpoint(folder: Folder, options: OpenOptions = {}): Promise<Checkpoint> {
  const headers = headerReader(folder);
  const files = await filesOf(folder, headers);
  const opened = fileList(options.names ?? files.keys(), files, folder.ref);
  await openAll(opened, headers);
  const entries = new Map<string, TensorEntry>();
  for (const [name, file] of files) {
    if (opened.has(file)) entries.set(name, entryIn(await headers(file), { name, file, ref: folder.ref }));
  }
  async function* read(
    names: readonly string[],
    readOptions?: ReadTensorsOptions,
  ): AsyncGenerator<LoadedTensor> {
    await openAll(fileList(names, files, folder.ref), headers);
    const wanted = new Map<string, Wanted>();
    for (const name of names) {
      const file = fileOf(name, files, folder.ref);
      wanted.set(name, readableEntry(entryIn(await headers(file), { name, file, ref: folder.ref })));
    }
    yield* readTensors(folder, wanted.values(), readOptions);
  }
  return { names: new Set(files.keys()), entries, read };
}

type Headers = (file: string) => Promise<SafetensorsHeader>;

/** Which file holds each tensor. */
async function filesOf(folder: Folder, headers: Headers): Promise<ReadonlyMap<string, string>> {
  if (await folder.exists(singleFile)) {
    const { entries } = await headers(singleFile);
    return new Map([...entries.keys()].map((name) => [name, singleFile]));
  }
  if (await folder.exists(indexFile))
    return parseShardIndex(await readJson(folder, indexFile), `${folder.ref}${indexFile}`);
  throw new EdgeloomError(
    "CorruptCheckpoint",
    `${folder.ref} holds neither ${singleFile} nor ${indexFile}; add the weights as safetensors`,
  );
}

/** Reads each file's header once: its 8 bytes of length, then exactly the header. */
function headerReader(folder: Folder): Headers {
  const headers = new Map<string, Promise<SafetensorsHeader>>();
  return (file) => {
    const known = headers.get(file);
    if (known !== undefined) return known;
    const header = readHeader(folder, file);
    headers.set(file, header);
    header.catch(() => headers.delete(file));
    return header;
  };
}

async function readHeader(folder: Folder, file: string): Promise<SafetensorsHeader> {
  const length = await folder.bytes(file, { start: 0, end: lengthFieldBytes });
  const headerBytes = naming(folder.ref + file, () => safetensorsHeaderBytes(length, folder.sizeBytes(file)));
  const json = await folder.bytes(file, { start: lengthFieldBytes, end: headerBytes });
  const header = new Uint8Array(headerBytes);
  header.set(length);
  header.set(json, lengthFieldBytes);
  return naming(folder.ref + file, () => parseSafetensorsHeader(header, folder.sizeBytes(file)));
}

/** Says in a refusal which file it is about. */
function naming<T>(url: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof EdgeloomError) throw new EdgeloomError(error.name, `${url}: ${error.message}`);
    throw error;
  }
}

async function openAll(files: ReadonlySet<string>, headers: Headers): Promise<void> {
  const waiting = [...files];
  const openNext = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await headers(file);
  };
  await Promise.all(Array.from({ length: maxHeadersAtOnce }, openNext));
}

const fileList = (
  names: Iterable<string>,
  files: ReadonlyMap<string, string>,
  ref: string,
): ReadonlySet<string> => new Set([...names].map((name) => fileOf(name, files, ref)));

function fileOf(name: string, files: ReadonlyMap<string, string>, ref: string): string {
  const file = files.get(name);
  if (file === undefined)
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `${ref} has no tensor "${name}"; use a complete checkpoint of this model`,
    );
  return file;
}

interface Place {
  readonly name: string;
  readonly file: string;
  readonly ref: string;
}

function entryIn(header: SafetensorsHeader, { name, file, ref }: Place): TensorEntry {
  const entry = header.entries.get(name);
  if (entry === undefined)
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `${ref}${file} lacks the tensor "${name}" that ${indexFile} says it holds; download the checkpoint anew`,
    );
  return { ...entry, file, byteLength: entry.end - entry.start };
}

function readableEntry(entry: TensorEntry): Wanted {
  const { name, dtype, shape, file, start, end } = entry;
  if (!isReadable(dtype))
    throw new EdgeloomError(
      "UnsupportedModel",
      `"${name}" is stored as ${dtype.toUpperCase()}; Edgeloom reads F32, F16, BF16, I8 and U8: convert the checkpoint to one of these`,
    );
  return { name, dtype, shape, file, start, end };
}
