import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import type { Certificate } from "./certificate.ts";

/** First byte of a TLS handshake record; no HTTP method starts with it. */
const tlsHandshake = 0x16;
const firstByteTimeoutMs = 10_000;

export interface Listener {
  /** Where requests and upgrades arrive. */
  readonly server: Server;
  /** Opens the port (0: any free one) and gives its number. Rejects with the system's error, e.g. code EADDRINUSE. */
  listen(port: number): Promise<number>;
  close(): Promise<void>;
}

/** One port for one request listener: plain http, or https that also tells plain-http visitors where to go. */
export function createListener(onRequest: RequestListener, certificate?: Certificate): Listener {
  if (!certificate) {
    const server = createHttpServer(onRequest);
    return opened(server, server);
  }
  const server = createHttpsServer({ ...certificate, minVersion: "TLSv1.2" }, onRequest);
  const plain = createHttpServer(redirectToHttps);
  return opened(createTcpServer(bySecurity(server, plain)), server);
}

/** Hands a socket to https or http by its first byte, which stays readable for whoever gets it. */
function bySecurity(secure: TcpServer, plain: TcpServer): (socket: Socket) => void {
  return (socket) => {
    socket.on("error", () => socket.destroy());
    const giveUp = setTimeout(() => socket.destroy(), firstByteTimeoutMs);
    socket.once("close", () => clearTimeout(giveUp));
    socket.once("readable", () => {
      clearTimeout(giveUp);
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.unshift(first);
      (first[0] === tlsHandshake ? secure : plain).emit("connection", socket);
    });
  };
}

/** The target is the address the visitor reached us by, never its Host header. */
const redirectToHttps: RequestListener = (request, response) => {
  const { localAddress = "127.0.0.1", localPort = 443 } = request.socket;
  const path = request.url?.startsWith("/") ? request.url : "/";
  response.writeHead(307, {
    Location: `https://${urlHost(localAddress)}:${localPort}${path}`,
    "Cache-Control": "no-store",
    "Content-Length": 0,
    Connection: "close",
  });
  response.end();
};

/** An address as URLs write it: IPv4 that arrived on an IPv6 socket without its prefix, IPv6 in brackets. */
function urlHost(address: string): string {
  const bare = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  return bare.includes(":") ? `[${bare}]` : bare;
}

function opened(outer: TcpServer, server: Server): Listener {
  const sockets = new Set<Socket>();
  outer.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return {
    server,
    listen: (port) =>
      new Promise((resolve, reject) => {
        outer.once("error", reject);
        outer.listen(port, () => {
          outer.off("error", reject);
          resolve(portOf(outer));
        });
      }),
    close: () =>
      new Promise((resolve) => {
        outer.close(() => resolve());
        // Kept-alive and upgraded sockets would hold the port for as long as their browsers like.
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function portOf(server: TcpServer): number {
  const address = server.address();
  // Only servers on pipes have a string, and only closed ones null.
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
}
