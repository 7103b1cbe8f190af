import type { RequestHandler, Response } from "express";

/** One answered request, as tests count it. */
export interface ServedRequest {
  readonly path: string;
  /** The Range header as sent; null without one. */
  readonly range: string | null;
  readonly status: number;
  /** Bytes of the body; of an interrupted answer an upper bound of what left this machine. */
  readonly bytesSent: number;
}

/** Calls the observer after each answer. */
export function observe(onRequest: (request: ServedRequest) => void): RequestHandler {
  return (request, response, next) => {
    const before = request.socket.bytesWritten;
    const { path } = request;
    const range = request.get("Range") ?? null;
    response.once("close", () => {
      const leftBytes = request.socket.bytesWritten - before;
      const status = response.statusCode;
      onRequest({ path, range, status, bytesSent: bodyBytes(request.method, response, leftBytes) });
    });
    next();
  };
}

function bodyBytes(method: string, response: Response, leftBytes: number): number {
  if (method === "HEAD" || response.statusCode === 304) return 0;
  const lengthBytes = Number(response.getHeader("Content-Length") ?? 0);
  return response.writableFinished ? lengthBytes : Math.min(lengthBytes, leftBytes);
}
