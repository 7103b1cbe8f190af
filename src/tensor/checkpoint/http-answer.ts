import { EdgeloomError } from "../edgeloom-error.ts";
import type { ByteRange } from "./folder.ts";
import { readBlob, readExactly } from "./http-body.ts";
import { discard } from "./http-get.ts";

/** Most that is kept of files whose server can't answer ranges. */
export const maxWholeBytes = 2 ** 30;

/** What an answer to a ranged request gave. */
export type RangeAnswer =
  | { readonly type: "range"; readonly bytes: Uint8Array<ArrayBuffer>; readonly totalBytes: number | null }
  /** The server ignores ranges and sent the file. */
  | { readonly type: "whole"; readonly file: Blob };

/** Whether the server says the file isn't there: plainly, or with the web page that single-page servers answer instead. */
export const isMissing = (response: Response): boolean =>
  response.status === 404 ||
  response.status === 410 ||
  (response.ok && (response.headers.get("content-type") ?? "").toLowerCase().startsWith("text/html"));

export async function unreachable(response: Response): Promise<EdgeloomError> {
  await discard(response);
  return new EdgeloomError("Unreachable", `${response.url} ${refusalOf(response)}`);
}

function refusalOf(response: Response): string {
  if (response.ok && isMissing(response))
    return `answered ${response.status} with a web page instead of the file; check that the file is in the folder`;
  if (isMissing(response))
    return `answered ${response.status}; check the model's name, its revision or the folder's URL`;
  if (response.status === 401 || response.status === 403)
    return `answered ${response.status}; the model doesn't exist or isn't public: use a public one or serve a copy`;
  return `answered ${response.status}; check the server`;
}

export interface RangeRequest {
  readonly range: ByteRange;
  /** Whether the whole file will do as an answer. */
  readonly orWhole: boolean;
  readonly onBytes: (received: number) => void;
}

/** Reads the answer to a request for a range. Throws CorruptCheckpoint, Unreachable or ShortBody. */
export async function takeRange(response: Response, request: RangeRequest): Promise<RangeAnswer> {
  const { range, onBytes } = request;
  if (isMissing(response)) {
    await discard(response);
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `${response.url} isn't there (${response.status}), so the checkpoint is incomplete; add the missing file to the folder`,
    );
  }
  if (response.status === 200) return takeWhole(response, request);
  if (response.status === 416) throw await endsEarly(response, range);
  if (response.status !== 206) throw await unreachable(response);
  const totalBytes = await checkContentRange(response, range);
  return { type: "range", bytes: await readExactly(response, range.end - range.start, onBytes), totalBytes };
}

async function takeWhole(response: Response, { orWhole, onBytes }: RangeRequest): Promise<RangeAnswer> {
  const file = orWhole ? await readBlob(response, maxWholeBytes, () => onBytes(0)) : null;
  if (file !== null) return { type: "whole", file };
  await discard(response);
  const fact = orWhole
    ? `the server ignores ranged requests and the file exceeds ${maxWholeBytes} bytes`
    : "the server answered a ranged request once and ignored the next";
  throw new EdgeloomError(
    "Unreachable",
    `${response.url}: ${fact}; serve the model from a server that always answers them (206)`,
  );
}

/** The file's length by the Content-Range; null where the browser hides that header from other origins: then the body's length alone is checked. */
async function checkContentRange(response: Response, range: ByteRange): Promise<number | null> {
  const header = response.headers.get("content-range");
  if (header === null) return null;
  const [, first, last, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(header.trim()) ?? [];
  const end = Number(last) + 1;
  const totalBytes = total === "*" ? null : Number(total);
  if (Number(first) === range.start && end === range.end && (totalBytes ?? end) >= end) return totalBytes;
  if (Number(first) === range.start && end === totalBytes && end < range.end)
    throw await endsEarly(response, range);
  await discard(response);
  throw new EdgeloomError(
    "Unreachable",
    `${response.url} was asked for bytes ${range.start}–${range.end} and answered "${header.slice(0, 80)}"; serve the model from a server that honours ranged requests`,
  );
}

async function endsEarly(response: Response, range: ByteRange): Promise<EdgeloomError> {
  await discard(response);
  return new EdgeloomError(
    "CorruptCheckpoint",
    `${response.url} ends before the wanted bytes ${range.start}–${range.end}; upload the whole file`,
  );
}
