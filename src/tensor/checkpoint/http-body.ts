import { EdgeloomError } from "../edgeloom-error.ts";
import { discard, ShortBody } from "./http-get.ts";

/** Pieces in which a whole body is handed to the browser, which may keep them on disk. */
const blobPartBytes = 8 * 2 ** 20;

/** The chunks of a body. Throws ShortBody when the connection breaks after the first. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  let received = 0;
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done || value === undefined) return;
      received += value.byteLength;
      yield value;
    }
  } catch (error) {
    if (error instanceof TypeError) throw new ShortBody(`the body broke off after ${received} bytes`);
    throw error;
  } finally {
    // An early end (too much came, or an abort) closes the connection; after the last chunk this does nothing.
    await reader?.cancel().catch(() => {});
  }
}

/** A body of exactly `length` bytes. Throws ShortBody, or Unreachable when more came. */
export async function readExactly(
  response: Response,
  length: number,
  onBytes: (received: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const announced = announcedBytes(response);
  if (announced !== null && announced < length) {
    await discard(response);
    throw new ShortBody(`${announced} bytes came of ${length}`);
  }
  const bytes = new Uint8Array(length);
  let received = 0;
  for await (const chunk of chunksOf(response)) {
    if (received + chunk.byteLength > length)
      throw new EdgeloomError(
        "Unreachable",
        `${response.url} sent more than the ${length} bytes it was asked for; serve the model from a server that honours ranged requests`,
      );
    bytes.set(chunk, received);
    received += chunk.byteLength;
    onBytes(received);
  }
  if (received < length) throw new ShortBody(`${received} bytes came of ${length}`);
  return bytes;
}

/** A whole body as a blob; null when it is longer than `maxBytes`. Throws ShortBody. */
export async function readBlob(
  response: Response,
  maxBytes: number,
  alive: () => void,
): Promise<Blob | null> {
  if ((announcedBytes(response) ?? 0) > maxBytes) {
    await discard(response);
    return null;
  }
  const parts: Blob[] = [];
  let pending: Uint8Array<ArrayBuffer>[] = [];
  let pendingBytes = 0;
  let received = 0;
  for await (const chunk of chunksOf(response)) {
    alive();
    received += chunk.byteLength;
    if (received > maxBytes) return null;
    pending.push(chunk);
    pendingBytes += chunk.byteLength;
    if (pendingBytes < blobPartBytes) continue;
    parts.push(new Blob(pending));
    pending = [];
    pendingBytes = 0;
  }
  return new Blob([...parts, ...pending]);
}

/** Content-Length, where it counts the bytes that the body will yield. */
function announcedBytes(response: Response): number | null {
  const announced = response.headers.get("content-length");
  if (announced === null || response.headers.has("content-encoding") || !/^\d{1,15}$/.test(announced))
    return null;
  return Number(announced);
}
