import { STATUS_CODES } from "node:http";
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";
import { cacheControl } from "./cache-control.ts";
import { createCompressor } from "./compression.ts";

/** A folder served below a path of the site, e.g. a model at `/models/stories`. */
export interface Mount {
  readonly path: string;
  readonly folder: string;
}

export interface PagesOptions {
  readonly dist: string;
  readonly mounts: readonly Mount[];
}

/** Requests that signalling doesn't answer end here: the health check, the page and its assets, models by ranges, else 404. */
export function addPages(app: Express, { dist, mounts }: PagesOptions): void {
  app.get("/health", (_request, response) => {
    response.set("Cache-Control", "no-store").json({ ok: true });
  });
  app.use(onlyReading);
  app.use("/models", forOtherOrigins);
  for (const { path, folder } of mounts) app.use(path, files(folder));
  app.use(createCompressor(dist));
  app.use(files(dist));
  app.use((_request, response) => {
    response.status(404).set("Cache-Control", "no-store").type("text/plain").send("Not found.\n");
  });
  app.use(sayOnlyTheStatus);
}

/** What every answer says: isolated from other origins, so that threads and precise timers work; nothing guessed, nothing told on. */
export const addSafetyHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  });
  next();
};

/** Express would answer a failure with its stack. */
// biome-ignore lint/complexity/useMaxParams: Express knows a handler of errors by its four parameters.
const sayOnlyTheStatus: ErrorRequestHandler = (error, _request, response, _next) => {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // `send` refuses a range beyond the file with 416 and names the file's length in the headers.
  const status = error?.status === 416 ? 416 : 500;
  if (status === 416) response.set({ ...error.headers });
  response.status(status).type("text/plain").send(`${STATUS_CODES[status]}.\n`);
};

const onlyReading: RequestHandler = (request, response, next) => {
  if (request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS") return next();
  response
    .status(405)
    .set("Allow", "GET, HEAD")
    .type("text/plain")
    .send("Only GET and HEAD are answered here.\n");
};

/** Models are public bytes: any page may read them, in ranges. */
const forOtherOrigins: RequestHandler = (request, response, next) => {
  response.set({
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, Accept-Ranges, ETag",
  });
  if (request.method !== "OPTIONS") return next();
  response.set({ "Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "Range" });
  response.status(204).end();
};

/** Files of one folder with ranges; no listing, no dotfiles, no detour outside (`send` refuses it). */
const files = (folder: string): RequestHandler =>
  express.static(folder, {
    dotfiles: "ignore",
    redirect: false,
    cacheControl: false,
    setHeaders: (response: Response, path: string) => {
      response.set("Cache-Control", cacheControl(path));
      if (path.endsWith(".safetensors")) response.type("application/octet-stream");
    },
  });
