import type { Server } from "node:http";
import type { Express } from "express";
import { ExpressPeerServer } from "peer";
import { type WebSocket, WebSocketServer } from "ws";

/** Where PeerJS clients find it: `{ path: "/signal", key: "peerjs" }`. */
const signallingPath = "/signal";
const signallingKey = "peerjs";
/** Session descriptions take a few KiB; nothing larger has to pass. */
const messageMaxBytes = 64 * 1024;
/** What one client may send in one window: a thousand introductions, but no flood of messages kept for peers that don't exist. */
const windowBytes = 8 * 1024 * 1024;
const windowMs = 10_000;
const clientsMax = 2000;

/**
 * An unmodified PeerServer on our own port, below `/signal`. It introduces peers and sees neither prompts, weights nor keys.
 * Upgrades to any other path are refused, which a PeerServer with the port to itself leaves to chance.
 */
export function attachSignalling(app: Express, server: Server): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageMaxBytes });
  let path = "";
  const peerServer = ExpressPeerServer(server, {
    path: "/",
    key: signallingKey,
    concurrent_limit: clientsMax,
    createWebSocketServer: (options) => {
      path = options.path ?? "";
      return sockets;
    },
  });
  // Without a listener a malformed message of one client would end the whole server.
  peerServer.on("error", () => {});
  app.use(signallingPath, peerServer);
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (pathOf(request.url) !== path) {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      boundRate(webSocket);
      sockets.emit("connection", webSocket, request);
    });
  });
  return {
    close: () => {
      for (const webSocket of sockets.clients) webSocket.terminate();
      sockets.close();
    },
  };
}

/** The path of a request target; the query holds the client's id and token, which PeerServer reads itself. */
const pathOf = (target: string | undefined): string => (target ?? "").split("?", 1)[0] ?? "";

function boundRate(webSocket: WebSocket): void {
  let windowStartMs = Date.now();
  let receivedBytes = 0;
  webSocket.on("message", (data) => {
    const nowMs = Date.now();
    if (nowMs - windowStartMs > windowMs) {
      windowStartMs = nowMs;
      receivedBytes = 0;
    }
    receivedBytes += byteLength(data);
    if (receivedBytes > windowBytes) webSocket.close(1008, "too many signalling messages");
  });
}

function byteLength(data: Buffer | ArrayBuffer | Buffer[]): number {
  if (Array.isArray(data)) return data.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return data.byteLength;
}
