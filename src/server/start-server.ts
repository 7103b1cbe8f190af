import { resolve } from "node:path";
import express from "express";
import { lanAddresses, ownHosts } from "./address.ts";
import { certificateFor } from "./certificate.ts";
import { createListener } from "./listener.ts";
import { addPages, addSafetyHeaders, type Mount } from "./pages.ts";
import { observe, type ServedRequest } from "./request-log.ts";
import { attachSignalling } from "./signalling.ts";

export interface ServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Folder of the built page. */
  readonly dist: string;
  /** https with a self-signed certificate kept in `cache`. Default false. */
  readonly https?: boolean;
  /** Folder for what is kept between starts. Default `.cache`. */
  readonly cache?: string;
  /** Further folders, looked into before `dist`. */
  readonly mounts?: readonly Mount[];
  /** Called after each answer. */
  readonly onRequest?: (request: ServedRequest) => void;
}

export interface RunningServer {
  /** Address for this machine. */
  readonly url: string;
  /** Addresses for other machines of the LAN, likeliest first. */
  readonly lanUrls: readonly string[];
  readonly port: number;
  close(): Promise<void>;
}

/** Pages and signalling on one port. Rejects with the system's error when the port can't be opened. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { port: wantedPort, dist, https = false, cache = ".cache", mounts = [], onRequest } = options;
  const app = express();
  app.disable("x-powered-by");
  app.use(addSafetyHeaders);
  if (onRequest) app.use(observe(onRequest));
  const certificate = https
    ? await certificateFor({ hosts: ownHosts(), folder: resolve(cache), nowMs: Date.now() })
    : undefined;
  const listener = createListener(app, certificate);
  const signalling = attachSignalling(app, listener.server);
  addPages(app, { dist: resolve(dist), mounts });
  const port = await listener.listen(wantedPort);
  const at = (host: string): string => `${https ? "https" : "http"}://${host}:${port}/`;
  return {
    url: at("localhost"),
    lanUrls: lanAddresses().map(at),
    port,
    close: async () => {
      signalling.close();
      await listener.close();
    },
  };
}
