import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type RunningServer, startServer } from "./start-server.ts";

interface Client {
  /** The next message not yet read. */
  next(): Promise<unknown>;
  send(message: unknown): void;
  readonly socket: WebSocket;
}

describe.each([false, true])("signalling with https %s", (https) => {
  let folder: string;
  let server: RunningServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "edgeloom-signalling-"));
    server = await startServer({ port: 0, dist: folder, cache: folder, https });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const address = (path: string): string => `${https ? "wss" : "ws"}://localhost:${server.port}${path}`;

  function connect(id: string, token = "t"): Client {
    const url = address(`/signal/peerjs?key=peerjs&id=${id}&token=${token}`);
    const socket = new WebSocket(url, { rejectUnauthorized: false });
    const arrived: unknown[] = [];
    socket.on("message", (data) => arrived.push(JSON.parse(String(data))));
    return {
      socket,
      next: async () => {
        await expect.poll(() => arrived.length).toBeGreaterThan(0);
        return arrived.shift();
      },
      send: (message) => socket.send(JSON.stringify(message)),
    };
  }

  const closing = (socket: WebSocket): Promise<number> =>
    new Promise((resolve) => socket.once("close", (code) => resolve(code)));

  test("introduces two clients: the offer of one arrives at the other, signed with its sender", async () => {
    const [ada, bob] = [connect("ada"), connect("bob")];
    expect(await ada.next()).toEqual({ type: "OPEN" });
    expect(await bob.next()).toEqual({ type: "OPEN" });
    ada.send({ type: "OFFER", src: "someone-else", dst: "bob", payload: { sdp: "v=0" } });
    expect(await bob.next()).toEqual({ type: "OFFER", src: "ada", dst: "bob", payload: { sdp: "v=0" } });
    ada.socket.close();
    bob.socket.close();
  });

  test("an id belongs to the token that opened it", async () => {
    const owner = connect("taken", "first");
    expect(await owner.next()).toEqual({ type: "OPEN" });
    expect(await connect("taken", "second").next()).toMatchObject({ type: "ID-TAKEN" });
    owner.socket.close();
  });

  test("an upgrade to any other path is refused with 404", async () => {
    for (const path of ["/", "/signal", "/peerjs?key=peerjs&id=a&token=b", "/signal/other"]) {
      const socket = new WebSocket(address(path), { rejectUnauthorized: false });
      const status = await new Promise((resolve) => {
        socket.once("unexpected-response", (_request, response) => resolve(response.statusCode));
        socket.once("open", () => resolve("opened"));
      });
      expect([path, status]).toEqual([path, 404]);
    }
  });

  test("what is not JSON, and what is too large, hurts its sender only", async () => {
    const witness = connect("witness");
    expect(await witness.next()).toEqual({ type: "OPEN" });
    const [garbled, huge] = [connect("garbled"), connect("huge")];
    await garbled.next();
    await huge.next();
    garbled.socket.send("{not json");
    garbled.socket.send("null");
    const closed = closing(huge.socket);
    huge.socket.send("x".repeat(65 * 1024));
    expect(await closed).toBe(1009);
    garbled.send({ type: "OFFER", dst: "witness", payload: 1 });
    expect(await witness.next()).toMatchObject({ type: "OFFER", src: "garbled" });
    witness.socket.close();
    garbled.socket.close();
  });

  test("a flood of messages closes its sender", async () => {
    const flooder = connect("flooder");
    await flooder.next();
    const closed = closing(flooder.socket);
    const message = JSON.stringify({ type: "CANDIDATE", dst: "nobody", payload: "x".repeat(60 * 1024) });
    for (let sent = 0; sent < 150; sent += 1) flooder.socket.send(message);
    expect(await closed).toBe(1008);
  });

  test("closing the server closes its clients", async () => {
    const own = await startServer({ port: 0, dist: folder, cache: folder, https });
    const url = `${https ? "wss" : "ws"}://localhost:${own.port}/signal/peerjs?key=peerjs&id=a&token=b`;
    const socket = new WebSocket(url, { rejectUnauthorized: false });
    await new Promise((resolve) => socket.once("open", resolve));
    const closed = closing(socket);
    await own.close();
    expect(await closed).toBe(1006);
  });
});
