import { EdgeloomError } from "../edgeloom-error.ts";
import type { ByteRange, Folder, ReadOptions } from "./folder.ts";
import { maxWholeBytes, type RangeAnswer, takeRange } from "./http-answer.ts";
import { get, type Http } from "./http-get.ts";

/** Where a range lies, and how it is to be read. */
interface Place {
  readonly path: string;
  readonly url: string;
  readonly range: ByteRange;
  readonly options: ReadOptions;
}

export const rangeHeader = ({ start, end }: ByteRange): Readonly<Record<string, string>> => ({
  Range: `bytes=${start}-${end - 1}`,
});

/**
 * Ranges of files over HTTP. Whether a server answers ranges is learnt per file from the first answer, for which all
 * others wait; a file that came whole instead is kept and cut here.
 */
export function rangeReader(
  http: Http,
  urlOf: (path: string) => string,
): Pick<Folder, "bytes" | "sizeBytes"> {
  /** Per file, the file itself where its server ignores ranges, else null. */
  const wholes = new Map<string, Promise<Blob | null>>();
  const sizes = fileSizes();
  const keep = boundedBlobs((path) => wholes.delete(path));

  async function ask(place: Place, orWhole: boolean): Promise<RangeAnswer> {
    const { path, url, range, options } = place;
    const answer = await get(http, {
      url,
      headers: rangeHeader(range),
      signal: options.signal,
      take: (response, alive) => {
        const onBytes = (received: number): void => {
          alive();
          options.onBytes?.(received);
        };
        return takeRange(response, { range, orWhole, onBytes });
      },
    });
    sizes.agree(path, url, answer.type === "whole" ? answer.file.size : answer.totalBytes);
    if (answer.type === "whole") keep(path, answer.file);
    return answer;
  }

  /** Others wait for this answer as well, so the caller's signal doesn't end it. */
  function askFirst(place: Place): Promise<RangeAnswer> {
    const answer = ask({ ...place, options: { onBytes: place.options.onBytes } }, true);
    const whole = answer.then((known) => (known.type === "whole" ? known.file : null));
    wholes.set(place.path, whole);
    whole.catch(() => wholes.delete(place.path));
    return answer;
  }

  async function bytes(
    path: string,
    range: ByteRange,
    options: ReadOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const place: Place = { path, url: urlOf(path), range, options };
    if (range.start === range.end) return new Uint8Array(0);
    const known = wholes.get(path);
    if (known === undefined) return cut(await orCancelled(askFirst(place), place), place);
    const file = await orCancelled(known, place);
    return cut(file === null ? await ask(place, false) : { type: "whole", file }, place);
  }

  return { bytes, sizeBytes: sizes.of };
}

async function cut(answer: RangeAnswer, { url, range }: Place): Promise<Uint8Array<ArrayBuffer>> {
  if (answer.type === "range") return answer.bytes;
  const { start, end } = range;
  if (end <= answer.file.size) return new Uint8Array(await answer.file.slice(start, end).arrayBuffer());
  throw new EdgeloomError(
    "CorruptCheckpoint",
    `${url} ends at byte ${answer.file.size}, before the wanted ${start}–${end}; upload the whole file`,
  );
}

/** Lengths of files by path. Ranges of two versions of a file must never be put together, so a length may not change. */
function fileSizes() {
  const sizes = new Map<string, number>();
  return {
    of: (path: string): number | null => sizes.get(path) ?? null,
    agree: (path: string, url: string, bytes: number | null): void => {
      const before = sizes.get(path) ?? bytes;
      if (before !== bytes && bytes !== null)
        throw new EdgeloomError(
          "CorruptCheckpoint",
          `${url} had ${before} bytes and now has ${bytes}; load the model again once the file rests`,
        );
      if (bytes !== null) sizes.set(path, bytes);
    },
  };
}

/** Remembers whole files up to the bound; `forget` is called for the oldest when a new one exceeds it. */
function boundedBlobs(forget: (path: string) => void): (path: string, file: Blob) => void {
  const kept = new Map<string, number>();
  return (path, file) => {
    kept.delete(path);
    let keptBytes = [...kept.values()].reduce((sum, bytes) => sum + bytes, file.size);
    for (const [oldest, bytes] of kept) {
      if (keptBytes <= maxWholeBytes) break;
      forget(oldest);
      kept.delete(oldest);
      keptBytes -= bytes;
    }
    kept.set(path, file.size);
  };
}

/** The promise's value, or Cancelled as soon as the caller's signal says so; the promise itself goes on for others. */
async function orCancelled<T>(promise: Promise<T>, { url, options }: Place): Promise<T> {
  const { signal } = options;
  if (signal === undefined) return promise;
  let stop = (): void => {};
  const cancelled = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new EdgeloomError("Cancelled", `reading ${url} was cancelled`));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, cancelled]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
