import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { type ClientRequest, get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { connect as connectTcp } from "node:net";
import { type NetworkInterfaceInfo, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lanAddresses, ownHosts } from "./address.ts";
import { certificateFor } from "./certificate.ts";
import { type RunningServer, startServer } from "./start-server.ts";

const dayMs = 24 * 3600 * 1000;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edgeloom-https-"));
});
afterAll(() => rm(folder, { recursive: true }));

function face(address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, internal, netmask: "", mac: "", cidr: null };
  return address.includes(":") ? { ...common, family: "IPv6", scopeid: 0 } : { ...common, family: "IPv4" };
}
const interfaces = {
  lo: [face("127.0.0.1", true), face("::1", true)],
  docker0: [face("172.17.0.1")],
  eth1: [face("169.254.3.4")],
  wlan0: [face("192.168.1.20"), face("fe80::1"), face("fd00::20")],
};

test("LAN addresses come likeliest first: real networks, self-assigned, then containers", () => {
  expect(lanAddresses(interfaces)).toEqual(["192.168.1.20", "169.254.3.4", "172.17.0.1"]);
});

test("own hosts are every name and address a URL can hold", () => {
  expect(ownHosts(interfaces, "Loom")).toEqual({
    names: ["localhost", "loom"],
    addresses: ["127.0.0.1", "169.254.3.4", "172.17.0.1", "192.168.1.20", "::1", "fd00::20"],
  });
  expect(ownHosts({}, "not a name!").names).toEqual(["localhost"]);
});

describe("certificate", () => {
  const hosts = { names: ["localhost", "loom"], addresses: ["127.0.0.1", "192.168.1.20", "fd00::20"] };
  const nowMs = Date.parse("2031-05-01T12:00:00Z");

  test("covers every host, and no other", async () => {
    const { cert } = await certificateFor({ hosts, folder, nowMs });
    const x509 = new X509Certificate(cert);
    for (const name of hosts.names) expect(x509.checkHost(name)).toBe(name);
    for (const address of hosts.addresses) expect(x509.checkIP(address)).toBe(address);
    expect(x509.checkIP("192.168.1.21")).toBeUndefined();
    expect(x509.ca).toBe(false);
    expect(Date.parse(x509.validTo) - Date.parse(x509.validFrom)).toBeLessThan(398 * dayMs);
  });

  test("is kept between starts, and only its owner may read the key", async () => {
    const first = await certificateFor({ hosts, folder, nowMs });
    expect(await certificateFor({ hosts, folder, nowMs: nowMs + 300 * dayMs })).toEqual(first);
    expect((await stat(join(folder, "lan-certificate.pem"))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["lan-certificate.pem"]);
  });

  test("is renewed for a new address, near its end, before its time, and when the file is spoilt", async () => {
    const first = await certificateFor({ hosts, folder, nowMs });
    const moved = { ...hosts, addresses: [...hosts.addresses, "10.0.0.7"] };
    const second = await certificateFor({ hosts: moved, folder, nowMs });
    expect(second).not.toEqual(first);
    expect(new X509Certificate(second.cert).checkIP("10.0.0.7")).toBe("10.0.0.7");
    const third = await certificateFor({ hosts, folder, nowMs: nowMs + 360 * dayMs });
    expect(third).not.toEqual(second);
    const fourth = await certificateFor({ hosts, folder, nowMs });
    expect(fourth).not.toEqual(third);
    await writeFile(join(folder, "lan-certificate.pem"), first.key + fourth.cert);
    const fifth = await certificateFor({ hosts, folder, nowMs });
    expect([first.cert, fourth.cert]).not.toContain(fifth.cert);
  });
});

describe("https", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ port: 0, dist: folder, cache: join(folder, "cache"), https: true });
  });
  afterAll(() => server.close());

  const response = (
    start: (done: (message: IncomingMessage) => void) => ClientRequest,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => start((message) => resolve(message.resume())).on("error", reject));

  test("a client that trusts the certificate is answered at localhost and at every LAN address, in TLS 1.2 or later", async () => {
    const { cert } = await certificateFor({
      hosts: ownHosts(),
      folder: join(folder, "cache"),
      nowMs: Date.now(),
    });
    for (const url of [server.url, ...server.lanUrls]) {
      const message = await response((done) => httpsGet(`${url}health`, { ca: cert, agent: false }, done));
      expect([url, message.statusCode]).toEqual([url, 200]);
    }
    const old = response((done) =>
      httpsGet(
        `${server.url}health`,
        { ca: cert, maxVersion: "TLSv1.1", minVersion: "TLSv1", agent: false },
        done,
      ),
    );
    await expect(old).rejects.toThrow();
  });

  test("plain http is sent to https at the address it came to, whatever its Host header says", async () => {
    const options = {
      host: "127.0.0.1",
      port: server.port,
      path: "/?room=a",
      headers: { Host: "evil.example" },
    };
    const message = await response((done) => httpGet({ ...options, agent: false }, done));
    expect(message.statusCode).toBe(307);
    expect(message.headers.location).toBe(`https://127.0.0.1:${server.port}/?room=a`);
  });

  test("bytes that are neither TLS nor http end their connection and nothing else", async () => {
    const closed = await new Promise((resolve) => {
      const socket = connectTcp(server.port, "127.0.0.1", () => socket.write("\x00\xffrubbish\r\n\r\n"));
      socket.on("error", () => {}).on("close", () => resolve(true));
      socket.resume();
    });
    expect(closed).toBe(true);
    const spoilt = await new Promise((resolve) => {
      const socket = connectTcp(server.port, "127.0.0.1", () =>
        socket.write("\x16\x03\x01rubbish rubbish rubbish"),
      );
      socket.on("error", () => {}).on("close", () => resolve(true));
      socket.resume();
    });
    expect(spoilt).toBe(true);
    const message = await response((done) =>
      httpsGet(`${server.url}health`, { rejectUnauthorized: false, agent: false }, done),
    );
    expect(message.statusCode).toBe(200);
  });
});
