import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** One answered request and the bytes of the file that its body held. */
export interface Served {
  readonly path: string;
  readonly status: number;
  readonly start: number;
  readonly end: number;
}

export interface FileServer {
  /** Ends with a slash. */
  readonly url: string;
  readonly served: readonly Served[];
  close(): Promise<void>;
}

export interface FileServerOptions {
  /** Default true: ranges are answered by 206. */
  readonly ranges?: boolean;
  /** Answers a request in the files' stead where it returns true. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A real HTTP server of these files on a free local port, which notes every byte that it serves. */
export async function serveFiles(
  files: Readonly<Record<string, Uint8Array>>,
  options: FileServerOptions = {},
): Promise<FileServer> {
  const served: Served[] = [];
  const server = createServer((request, response) => {
    if (options.intercept?.(request, response)) return;
    served.push(answer(request, response, { files, ranges: options.ranges ?? true }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    served,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Shelf {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly ranges: boolean;
}

function answer(request: IncomingMessage, response: ServerResponse, shelf: Shelf): Served {
  const path = decodeURIComponent((request.url ?? "/").slice(1));
  const file = shelf.files[path];
  if (file === undefined) {
    response.writeHead(404, { "content-type": "text/plain" }).end("not here");
    return { path, status: 404, start: 0, end: 0 };
  }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  if (!shelf.ranges || first === undefined || last === undefined) {
    response.writeHead(200, { "content-length": file.byteLength }).end(file);
    return { path, status: 200, start: 0, end: file.byteLength };
  }
  const start = Number(first);
  const end = Math.min(Number(last) + 1, file.byteLength);
  if (start >= file.byteLength) {
    response.writeHead(416, { "content-range": `bytes */${file.byteLength}` }).end();
    return { path, status: 416, start: 0, end: 0 };
  }
  response.writeHead(206, {
    "content-length": end - start,
    "content-range": `bytes ${start}-${end - 1}/${file.byteLength}`,
  });
  response.end(file.subarray(start, end));
  return { path, status: 206, start, end };
}
