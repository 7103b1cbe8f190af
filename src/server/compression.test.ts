import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import express from "express";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCompressor, isLoopback } from "./compression.ts";

const plain = Buffer.concat([Buffer.alloc(50_000, "edgeloom "), randomBytes(100)]);
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edgeloom-compression-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "assets/ort-AbCd1234.wasm"), plain);
  await writeFile(join(folder, "secret.js"), plain);
  const app = express();
  app.use(createCompressor(folder, () => false));
  app.use((_request, response) => response.send("passed on"));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, resolve));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}
function ask(path: string, headers: Record<string, string>): Promise<Answer> {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return new Promise((resolve, reject) => {
    get({ port, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    }).on("error", reject);
  });
}

test("an asset goes out as the browser accepts it, smaller, and unpacks to the same bytes", async () => {
  const path = "/assets/ort-AbCd1234.wasm";
  const brotli = await ask(path, { "Accept-Encoding": "gzip, deflate, br, zstd" });
  expect(brotli.headers).toMatchObject({
    "content-encoding": "br",
    "content-type": "application/wasm",
    "cache-control": "public, max-age=31536000, immutable",
    vary: "Accept-Encoding",
  });
  expect(brotli.body.length).toBeLessThan(1000);
  expect(brotliDecompressSync(brotli.body)).toEqual(plain);
  const zipped = await ask(path, { "Accept-Encoding": "gzip" });
  expect(zipped.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(zipped.body)).toEqual(plain);
});

test("ranges, browsers that accept nothing, other folders and files that aren't there are passed on", async () => {
  const br = { "Accept-Encoding": "br" };
  const passed = [
    ask("/assets/ort-AbCd1234.wasm", { ...br, Range: "bytes=0-9" }),
    ask("/assets/ort-AbCd1234.wasm", {}),
    ask("/assets/none-AbCd1234.js", br),
    ask("/assets/..%2fsecret.js", br),
    ask("/assets/../secret.js", br),
    ask("/secret.js", br),
  ];
  for (const { headers, body } of await Promise.all(passed)) {
    expect([headers["content-encoding"], String(body)]).toEqual([undefined, "passed on"]);
  }
});

test("loopback is told from the network", () => {
  expect(["127.0.0.1", "::1", "::ffff:127.0.0.1"].map(isLoopback)).toEqual([true, true, true]);
  expect(["192.168.1.2", "::ffff:10.0.0.1", "fd00::1"].map(isLoopback)).toEqual([false, false, false]);
});
