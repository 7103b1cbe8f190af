import { EdgeloomError } from "../edgeloom-error.ts";
import { checkPath, decodeText, type Folder, maxTextBytes } from "./folder.ts";
import { isMissing, unreachable } from "./http-answer.ts";
import { readBlob } from "./http-body.ts";
import { discard, get, type Http, type Timer } from "./http-get.ts";
import { rangeHeader, rangeReader } from "./range-reader.ts";

export interface HttpFolderOptions {
  readonly fetch?: typeof fetch;
  /** Cancels every request of the folder. */
  readonly signal?: AbortSignal;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Time and chance of retries; default the real ones. */
  readonly timer?: Timer;
}

/**
 * The files below a URL, by ranged requests. A server that ignores ranges is found out by its first answer for a file,
 * which is then read once and kept; at most 1 GiB of such files is kept at a time, and a longer one is Unreachable.
 */
export function httpFolder(url: string, options: HttpFolderOptions = {}): Folder {
  const ref = url.endsWith("/") ? url : `${url}/`;
  const http: Http = {
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    headers: options.headers ?? {},
    signal: options.signal,
    timer: options.timer ?? realTimer,
  };
  const urlOf = (path: string): string => {
    checkPath(path);
    return ref + path.split("/").map(encodeURIComponent).join("/");
  };
  const ranges = rangeReader(http, urlOf);
  return {
    ref,
    text: (path) => readText(http, urlOf(path), path.endsWith(".json")),
    exists: (path) => isThere(http, urlOf(path)),
    bytes: ranges.bytes,
    sizeBytes: ranges.sizeBytes,
  };
}

const realTimer: Timer = {
  random: () => Math.random(),
  after: (ms, action) => {
    const id = setTimeout(action, ms);
    return () => clearTimeout(id);
  },
};

async function readText(http: Http, url: string, isJson: boolean): Promise<string> {
  const text = await get(http, {
    url,
    headers: {},
    take: async (response, alive) => {
      if (!response.ok || isMissing(response)) throw await unreachable(response);
      const body = await readBlob(response, maxTextBytes, alive);
      if (body === null)
        throw new EdgeloomError(
          "CorruptCheckpoint",
          `${url} has more than the ${maxTextBytes} bytes of any text file; check the file`,
        );
      return decodeText(new Uint8Array(await body.arrayBuffer()), url);
    },
  });
  if (isJson && text.trimStart().startsWith("<"))
    throw new EdgeloomError(
      "Unreachable",
      `${url} answered 200 with a web page instead of JSON; check that the file is in the folder`,
    );
  return text;
}

/** Asks for the first 8 bytes, not by HEAD: some servers and hubs answer HEAD otherwise than GET. */
const isThere = (http: Http, url: string): Promise<boolean> =>
  get(http, {
    url,
    headers: rangeHeader({ start: 0, end: 8 }),
    take: async (response) => {
      const missing = isMissing(response);
      if (!missing && !response.ok && response.status !== 416) throw await unreachable(response);
      await discard(response);
      return !missing;
    },
  });
