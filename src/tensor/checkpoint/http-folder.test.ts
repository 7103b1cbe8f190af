import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { type FileServer, type FileServerOptions, serveFiles } from "../testing/file-server.ts";
import { hastyTimer } from "../testing/hasty-timer.ts";
import { errorFrom } from "../testing/named-error.ts";
import type { Folder } from "./folder.ts";
import { type HttpFolderOptions, httpFolder } from "./http-folder.ts";
import type { Timer } from "./http-get.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const weights = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256);
const files = {
  "config.json": encode('{"a":1}'),
  "m.safetensors": weights,
};

const servers: FileServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
async function serve(options?: FileServerOptions): Promise<FileServer> {
  const server = await serveFiles(files, options);
  servers.push(server);
  return server;
}

const hasty = (url: string, options: HttpFolderOptions = {}): Folder =>
  httpFolder(url, { timer: hastyTimer().timer, ...options });

test("a server that ignores ranges is asked once per file, however many ask at once", async () => {
  const server = await serve({ ranges: false });
  const folder = hasty(server.url);
  const starts = [0, 100, 200, 300, 999];
  const parts = await Promise.all(
    starts.map((start) => folder.bytes("m.safetensors", { start, end: start + 1 })),
  );
  expect(parts.map(([byte]) => byte)).toEqual(starts.map((start) => weights[start]));
  expect(server.served).toHaveLength(1);
});

test("a file too long to keep is refused before its body is read, with the remedy", async () => {
  const server = await serve({
    intercept: (_request, response) => {
      response.writeHead(200, { "content-length": 2 ** 30 + 1 }).write("x");
      return true;
    },
  });
  const refusal = await errorFrom(() => hasty(server.url).bytes("m.safetensors", { start: 0, end: 8 }));
  expect(refusal).toMatchObject({
    name: "Unreachable",
    message: expect.stringMatching(/ranged.*serve the model/s),
  });
});

/** Answers the first `count` requests by `action`, later ones from the files. */
function atFirst(count: number, action: (response: ServerResponse, request: IncomingMessage) => void) {
  let seen = 0;
  const intercept = (request: IncomingMessage, response: ServerResponse): boolean => {
    seen++;
    if (seen <= count) action(response, request);
    return seen <= count;
  };
  return { intercept, seen: () => seen };
}

const faults: readonly (readonly [string, number, string, (response: ServerResponse) => void])[] = [
  ["503", 2, "Unreachable", (response) => response.writeHead(503).end()],
  ["429", 2, "Unreachable", (response) => response.writeHead(429).end()],
  ["a broken connection", 2, "Unreachable", (response) => response.destroy()],
  [
    "a body that breaks off",
    1,
    "CorruptCheckpoint",
    (response) => {
      response.writeHead(206, { "content-length": 8, "content-range": "bytes 0-7/1000" });
      response.write("abc", () => response.destroy());
    },
  ],
  [
    "a body that ends early",
    1,
    "CorruptCheckpoint",
    (response) => response.writeHead(206, { "content-range": "bytes 0-7/1000" }).end("abc"),
  ],
];
test.each(faults)("%s is retried %i times, then %s", async (...[, retries, name, fault]) => {
  const passing = atFirst(retries, fault);
  const { timer, waitsMs } = hastyTimer();
  const folder = httpFolder((await serve(passing)).url, { timer });
  expect(await folder.bytes("m.safetensors", { start: 0, end: 8 })).toEqual(weights.slice(0, 8));
  expect(waitsMs).toEqual([250, 1000].slice(0, retries));
  const lasting = atFirst(Number.POSITIVE_INFINITY, fault);
  const server = await serve(lasting);
  const refusal = await errorFrom(() => hasty(server.url).bytes("m.safetensors", { start: 0, end: 8 }));
  expect(refusal).toMatchObject({ name, message: expect.stringContaining(`${server.url}m.safetensors`) });
  expect(lasting.seen()).toBe(retries + 1);
});

test("a server that isn't there, and one that falls silent, are Unreachable", async () => {
  const server = await serve();
  await server.close();
  expect((await errorFrom(() => hasty(server.url).text("config.json"))).name).toBe("Unreachable");
  const silent = await serve({ intercept: () => true });
  const impatient: Timer = {
    random: () => 1,
    after: (ms, action) => {
      const id = setTimeout(action, ms / 1000);
      return () => clearTimeout(id);
    },
  };
  const refusal = await errorFrom(() => httpFolder(silent.url, { timer: impatient }).text("config.json"));
  expect(refusal).toMatchObject({ name: "Unreachable", message: expect.stringContaining("nothing came") });
});

test.each([401, 403, 404, 418])(
  "status %i for a config is Unreachable at once, and names the URL and status",
  async (status) => {
    const fault = atFirst(9, (response) => response.writeHead(status).end());
    const server = await serve(fault);
    const { name, message } = await errorFrom(() => hasty(server.url).text("config.json"));
    expect([name, message.includes(`${server.url}config.json`), message.includes(`${status}`)]).toEqual([
      "Unreachable",
      true,
      true,
    ]);
    expect(fault.seen()).toBe(1);
  },
);

test("the page that a single-page server answers for everything is recognised", async () => {
  for (const type of ["text/html", "text/html; charset=utf-8", "application/octet-stream"]) {
    const page = atFirst(9, (response) =>
      response.writeHead(200, { "content-type": type }).end("\n<!doctype html><title>x</title>"),
    );
    const folder = hasty((await serve(page)).url);
    expect((await errorFrom(() => folder.text("config.json"))).name).toBe("Unreachable");
    if (!type.startsWith("text/html")) continue;
    expect(await folder.exists("model.safetensors")).toBe(false);
    expect((await errorFrom(() => folder.bytes("model.safetensors", { start: 0, end: 8 }))).name).toBe(
      "CorruptCheckpoint",
    );
  }
});

test.each([
  "bytes 1-8/1000",
  "bytes 0-8/1000",
  "bytes 0-3/1000",
  "bytes */1000",
  "lines 0-7/1000",
  "bytes 0-7/4",
])("an answer for other bytes (%s) is refused", async (range) => {
  const other = atFirst(9, (response) => response.writeHead(206, { "content-range": range }).end("12345678"));
  const refusal = await errorFrom(async () =>
    hasty((await serve(other)).url).bytes("m.safetensors", { start: 0, end: 8 }),
  );
  expect(refusal.name).toBe("Unreachable");
});

test("without a Content-Range, as browsers hide it from other origins, the body's length decides", async () => {
  const bare = atFirst(1, (response) => response.writeHead(206).end("12345678"));
  const folder = hasty((await serve(bare)).url);
  expect(await folder.bytes("m.safetensors", { start: 0, end: 8 })).toEqual(encode("12345678"));
  expect(folder.sizeBytes("m.safetensors")).toBe(null);
  const long = atFirst(9, (response) => response.writeHead(206).end("123456789"));
  const server = await serve(long);
  expect((await errorFrom(() => hasty(server.url).bytes("m.safetensors", { start: 0, end: 8 }))).name).toBe(
    "Unreachable",
  );
});

test("a file that changes its length, or ranges that stop being answered, are refused", async () => {
  const grown = atFirst(1, (response) =>
    response.writeHead(206, { "content-range": "bytes 0-7/999" }).end("12345678"),
  );
  const folder = hasty((await serve(grown)).url);
  await folder.bytes("m.safetensors", { start: 0, end: 8 });
  expect((await errorFrom(() => folder.bytes("m.safetensors", { start: 8, end: 9 }))).name).toBe(
    "CorruptCheckpoint",
  );
  const once = atFirst(1, (response) =>
    response.writeHead(206, { "content-range": "bytes 0-7/1000" }).end("12345678"),
  );
  const fickle = hasty((await serve({ ranges: false, ...once })).url);
  await fickle.bytes("m.safetensors", { start: 0, end: 8 });
  expect((await errorFrom(() => fickle.bytes("m.safetensors", { start: 8, end: 9 }))).name).toBe(
    "Unreachable",
  );
});

test("a text of more than 64 MB and one that isn't UTF-8 are refused", async () => {
  const long = await serve({
    intercept: (_request, response) => {
      response.writeHead(200, { "content-length": 64_000_001 }).write("x");
      return true;
    },
  });
  expect((await errorFrom(() => hasty(long.url).text("config.json"))).name).toBe("CorruptCheckpoint");
  const binary = await serve({
    intercept: (_request, response) => {
      response.writeHead(200).end(Uint8Array.of(0x7b, 0xff));
      return true;
    },
  });
  expect((await errorFrom(() => hasty(binary.url).text("config.json"))).name).toBe("CorruptCheckpoint");
});

test("the caller's signal and the folder's cancel a read, under way, waiting to retry or not begun", async () => {
  const silent = await serve({ intercept: () => true });
  const failing = await serve({
    intercept: (_request, response) => {
      response.writeHead(503).end();
      return true;
    },
  });
  const patient: Timer = { random: () => 1, after: () => () => {} };
  for (const url of [silent.url, failing.url]) {
    const [own, whole] = [new AbortController(), new AbortController()];
    const byOwn = errorFrom(() =>
      httpFolder(url, { timer: patient }).bytes(
        "m.safetensors",
        { start: 0, end: 8 },
        { signal: own.signal },
      ),
    );
    const byFolder = errorFrom(() =>
      httpFolder(url, { timer: patient, signal: whole.signal }).text("config.json"),
    );
    setTimeout(() => {
      own.abort();
      whole.abort();
    }, 30);
    expect([(await byOwn).name, (await byFolder).name]).toEqual(["Cancelled", "Cancelled"]);
  }
  const late = errorFrom(() => httpFolder(silent.url, { signal: AbortSignal.abort() }).text("config.json"));
  expect((await late).name).toBe("Cancelled");
});

test("headers go with every request", async () => {
  const seen: (string | undefined)[] = [];
  const server = await serve({
    intercept: (request) => {
      seen.push(request.headers.authorization);
      return false;
    },
  });
  const folder = hasty(server.url, { headers: { authorization: "Bearer x" } });
  await folder.text("config.json");
  await folder.bytes("m.safetensors", { start: 0, end: 8 });
  expect(seen).toEqual(["Bearer x", "Bearer x"]);
});
