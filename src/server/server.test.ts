import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServedRequest } from "./request-log.ts";
import { portFailure } from "./settings.ts";
import { type RunningServer, startServer } from "./start-server.ts";

const weights = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7) % 256));
let folder: string;
let server: RunningServer;
const served: ServedRequest[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edgeloom-server-"));
  await mkdir(join(folder, "dist/assets"), { recursive: true });
  await mkdir(join(folder, "dist/models/own"), { recursive: true });
  await mkdir(join(folder, "mounted"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "not yours");
  await writeFile(join(folder, "dist/.hidden"), "not yours");
  await writeFile(join(folder, "dist/index.html"), "<!doctype html><title>page</title>");
  await writeFile(join(folder, "dist/assets/ort-AbCd_123.wasm"), Buffer.alloc(10_000, 1));
  await writeFile(join(folder, "dist/models/own/config.json"), "{}");
  await writeFile(join(folder, "mounted/model.safetensors"), weights);
  server = await startServer({
    port: 0,
    dist: join(folder, "dist"),
    mounts: [{ path: "/models/mounted", folder: join(folder, "mounted") }],
    onRequest: (request) => served.push(request),
  });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const get = (path: string, init?: RequestInit): Promise<Response> => fetch(new URL(path, server.url), init);

/** The target exactly as written: fetch would tidy `..` away before sending. */
function getRaw(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port: server.port, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    request.on("error", reject).end();
  });
}

describe("pages", () => {
  test("the health check answers 200 with ok", async () => {
    const response = await get("/health");
    expect([response.status, await response.json()]).toEqual([200, { ok: true }]);
  });

  test("the page is isolated from other origins and asked for anew each time", async () => {
    const response = await get("/?room=abc");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<title>page</title>");
    expect(response.headers.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
    expect(response.headers.get("Cross-Origin-Embedder-Policy")).toBe("require-corp");
    expect(response.headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
    expect(response.headers.get("Cache-Control")).toBe("no-cache");
    expect(response.headers.get("X-Powered-By")).toBeNull();
  });

  test("a hashed asset is kept for ever and WebAssembly is named as such", async () => {
    const response = await get("/assets/ort-AbCd_123.wasm");
    expect(response.headers.get("Content-Type")).toBe("application/wasm");
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("Content-Encoding")).toBeNull();
    expect((await response.arrayBuffer()).byteLength).toBe(10_000);
  });

  test("what isn't there is 404, below /models too, and never the page", async () => {
    for (const path of [
      "/nowhere",
      "/models/none/config.json",
      "/models/own/",
      "/assets/",
      "/models/mounted",
    ]) {
      const response = await get(path);
      expect([path, response.status, await response.text()]).toEqual([path, 404, "Not found.\n"]);
    }
  });

  test("no path leads out of the folders or to hidden files", async () => {
    const paths = [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/assets/..%2f..%2fsecret.txt",
      "/models/mounted/../../../secret.txt",
      "/models/mounted/%2e%2e%2fsecret.txt",
      "/.hidden",
      "/%00",
      "/%zz",
    ];
    for (const path of paths) {
      const { status, body } = await getRaw(path);
      expect([path, status, body.includes("not yours")]).toEqual([path, 404, false]);
    }
  });

  test("only reading is answered", async () => {
    expect((await get("/", { method: "POST", body: "x" })).status).toBe(405);
  });
});

describe("models", () => {
  test("any origin reads exactly the range it asks for", async () => {
    const response = await get("/models/mounted/model.safetensors", {
      headers: { Range: "bytes=100-119", Origin: "https://elsewhere.example" },
    });
    expect(response.status).toBe(206);
    expect(response.headers.get("Content-Range")).toBe("bytes 100-119/1000");
    expect(response.headers.get("Cross-Origin-Resource-Policy")).toBe("cross-origin");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(Buffer.from(await response.arrayBuffer())).toEqual(weights.subarray(100, 120));
  });

  test("a range beyond the file is 416", async () => {
    const response = await get("/models/mounted/model.safetensors", {
      headers: { Range: "bytes=1000-1001" },
    });
    expect([response.status, response.headers.get("Content-Range")]).toEqual([416, "bytes */1000"]);
  });

  test("a preflight for a range is granted", async () => {
    const response = await get("/models/mounted/model.safetensors", { method: "OPTIONS" });
    expect([response.status, response.headers.get("Access-Control-Allow-Headers")]).toEqual([204, "Range"]);
  });

  test("the observer is told path, range and bytes of every answer", async () => {
    served.length = 0;
    const path = "/models/mounted/model.safetensors";
    await (await get(path, { headers: { Range: "bytes=0-7" } })).arrayBuffer();
    await (await get(path)).arrayBuffer();
    await get(path, { method: "HEAD" });
    await expect
      .poll(() => served)
      .toEqual([
        { path, range: "bytes=0-7", status: 206, bytesSent: 8 },
        { path, range: null, status: 200, bytesSent: 1000 },
        { path, range: null, status: 200, bytesSent: 0 },
      ]);
  });
});

test("a taken port is refused with its number and what to do", async () => {
  const failure = await startServer({ port: server.port, dist: folder }).catch((error: unknown) => error);
  expect(portFailure(failure, server.port).message).toMatch(
    new RegExp(`^Port ${server.port} is taken; .*PORT=${server.port + 1} npm start\\.$`),
  );
});

test("a closed server frees its port, kept-alive connections or not", async () => {
  const first = await startServer({ port: 0, dist: join(folder, "dist") });
  await (await fetch(`${first.url}health`)).json();
  await first.close();
  const second = await startServer({ port: first.port, dist: join(folder, "dist") });
  expect((await fetch(`${second.url}health`)).status).toBe(200);
  await second.close();
});
