import { PeerServer } from "peer";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    signallingPort: number;
  }
}

/**
 * Vitest's global set-up of the browser tests: an unmodified PeerServer on a free port. `GET /drop` breaks every
 * client's connection to it, as a server that is restarted does.
 */
export async function setup(project: TestProject): Promise<() => void> {
  const sockets = new Set<{ close(): void }>();
  const server = await new Promise<{ address(): unknown; close(): void }>((resolve) => {
    const app = PeerServer({ port: 0, host: "127.0.0.1", path: "/signal", expire_timeout: 1000 }, resolve);
    app.on("connection", (client) => {
      const socket = client.getSocket();
      if (socket) sockets.add(socket);
    });
    app.get("/drop", (_request, response) => {
      for (const socket of sockets) socket.close();
      sockets.clear();
      response.end();
    });
  });
  const address = server.address();
  if (typeof address !== "object" || address === null || !("port" in address)) throw new Error("no port");
  project.provide("signallingPort", Number(address.port));
  return () => server.close();
}
