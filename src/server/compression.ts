import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Request, RequestHandler } from "express";
import { cacheControl } from "./cache-control.ts";

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

type Encoding = "br" | "gzip";

const contentTypes: ReadonlyMap<string, string> = new Map([
  [".js", "text/javascript; charset=utf-8"],
  [".mjs", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".wasm", "application/wasm"],
]);

/** Whether a request comes from this machine, where compression would cost more than the bytes. */
export const isLoopback = (address: string | undefined): boolean =>
  address === undefined || /^(::ffff:)?127\.|^::1$/.test(address);

/**
 * Compressed assets for visitors over the network: 26 MB of WebAssembly become 5. Each file is compressed once, when first asked
 * for, and kept. Only the hashed files of `/assets` are touched, and never a request for a range: its offsets count plain bytes.
 */
export function createCompressor(dist: string, isNear = isLoopback): RequestHandler {
  const kept = new Map<string, Promise<Buffer>>();

  const compressed = (name: string, encoding: Encoding): Promise<Buffer> => {
    const key = `${encoding} ${name}`;
    const found = kept.get(key);
    if (found !== undefined) return found;
    const made = readFile(join(dist, "assets", name)).then((bytes) => compress(bytes, encoding));
    kept.set(key, made);
    made.catch(() => kept.delete(key));
    return made;
  };

  return (request, response, next) => {
    const name = /^\/assets\/([\w.-]+)$/.exec(request.path)?.[1];
    const type = contentTypes.get(extname(name ?? ""));
    const isReading = request.method === "GET" || request.method === "HEAD";
    if (name === undefined || type === undefined || !isReading) return next();
    response.vary("Accept-Encoding");
    const encoding = bestEncoding(request);
    if (!encoding || request.headers.range !== undefined || isNear(request.socket.remoteAddress))
      return next();
    compressed(name, encoding).then(
      (bytes) => {
        response.set({
          "Content-Encoding": encoding,
          "Content-Type": type,
          "Cache-Control": cacheControl(request.path),
        });
        response.send(bytes);
      },
      // A file that can't be read is the static files' to answer: 404.
      () => next(),
    );
  };
}

const bestEncoding = (request: Request): Encoding | undefined => {
  if (request.acceptsEncodings("br")) return "br";
  return request.acceptsEncodings("gzip") ? "gzip" : undefined;
};

/** Levels at which a 26 MB WebAssembly file takes about a second. */
const compress = (bytes: Buffer, encoding: Encoding): Promise<Buffer> =>
  encoding === "br"
    ? compressBrotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
    : compressGzip(bytes, { level: 5 });
