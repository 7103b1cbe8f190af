import { EdgeloomError } from "../edgeloom-error.ts";
import type { Folder } from "./folder.ts";
import { type Piece, planReads, type Wanted } from "./plan-reads.ts";
import type { ReadableDtype } from "./stored-dtype.ts";

/** A tensor that has come: its bytes fill a buffer of their own, which may be transferred. */
export interface LoadedTensor {
  readonly name: string;
  readonly dtype: ReadableDtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface ReadTensorsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of wanted tensors that have come so far; it never falls. */
  readonly onBytes?: ((loaded: number) => void) | undefined;
}

const maxPieceBytes = 32 * 2 ** 20;
const maxRequests = 4;

/**
 * Reads tensors, file by file in file order. Up to four requests of at most 32 MiB run ahead of the consumer, so memory
 * stays within 128 MiB and the tensor being put together. Leaving the loop cancels what is under way.
 */
export async function* readTensors(
  folder: Folder,
  wanted: Iterable<Wanted>,
  options: ReadTensorsOptions = {},
): AsyncGenerator<LoadedTensor, void, undefined> {
  const leave = new AbortController();
  const abort = (): void => leave.abort();
  options.signal?.addEventListener("abort", abort);
  if (options.signal?.aborted) abort();
  const count = counter(options.onBytes);
  const fetchPiece = (piece: Piece, index: number): Fetched => {
    const bytes = folder.bytes(piece.file, piece, { signal: leave.signal, onBytes: (n) => count(index, n) });
    // Its failure is met when its turn comes; until then it isn't unhandled.
    bytes.catch(() => {});
    return { piece, index, bytes };
  };
  try {
    const pieces = planReads(wanted, maxPieceBytes);
    const ahead = pieces.slice(0, maxRequests).map(fetchPiece);
    const partial = new Map<string, Uint8Array<ArrayBuffer>>();
    for (let next = ahead.length; ; next++) {
      const head = ahead.shift();
      if (head === undefined) return;
      const bytes = await head.bytes;
      const following = pieces[next];
      if (following !== undefined) ahead.push(fetchPiece(following, next));
      count(head.index, bytes.byteLength);
      yield* completed(head.piece, bytes, partial);
    }
  } finally {
    abort();
    options.signal?.removeEventListener("abort", abort);
  }
}

interface Fetched {
  readonly piece: Piece;
  readonly index: number;
  readonly bytes: Promise<Uint8Array<ArrayBuffer>>;
}

/** Copies a piece into its tensors and yields those whose last byte it held; `partial` keeps the one that goes on. */
function* completed(
  piece: Piece,
  bytes: Uint8Array<ArrayBuffer>,
  partial: Map<string, Uint8Array<ArrayBuffer>>,
): Generator<LoadedTensor> {
  for (const { name, dtype, shape, start, end } of piece.tensors) {
    const own = partial.get(name) ?? allocate(name, end - start);
    const from = Math.max(start, piece.start);
    const to = Math.min(end, piece.end);
    own.set(bytes.subarray(from - piece.start, to - piece.start), from - start);
    partial.delete(name);
    if (to === end) yield { name, dtype, shape, bytes: own };
    else partial.set(name, own);
  }
}

function allocate(name: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch {
    throw new EdgeloomError(
      "DoesNotFit",
      `this device can't hold the ${length} bytes of ${name}; give its layers to a device with more memory`,
    );
  }
}

/** Adds up what the requests have received; a request that begins anew never lowers the sum that is told. */
function counter(tell: ((loaded: number) => void) | undefined): (index: number, received: number) => void {
  const perPiece = new Map<number, number>();
  let sum = 0;
  let told = 0;
  return (index, received) => {
    sum += received - (perPiece.get(index) ?? 0);
    perPiece.set(index, received);
    if (sum <= told) return;
    told = sum;
    tell?.(told);
  };
}
