import { afterEach, describe, expect, test } from "vitest";
import { type FileServer, type FileServerOptions, serveFiles } from "../testing/file-server.ts";
import { hastyTimer } from "../testing/hasty-timer.ts";
import { errorFrom } from "../testing/named-error.ts";
import { type Folder, readJson } from "./folder.ts";
import { httpFolder } from "./http-folder.ts";
import { memoryFolder } from "./memory-folder.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const weights = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256);
const files = {
  "config.json": encode('{"a":1}'),
  "m.safetensors": weights,
  "sub/x.json": encode("7"),
  "bad.json": encode("{"),
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

const hasty = (url: string): Folder => httpFolder(url, { timer: hastyTimer().timer });

const contract: readonly (readonly [string, () => Promise<Folder>])[] = [
  ["memory", async () => memoryFolder(files)],
  ["http with ranges", async () => hasty((await serve()).url)],
  ["http without ranges", async () => hasty((await serve({ ranges: false })).url)],
];
describe.each(contract)("a folder: %s", (_name, open) => {
  test("gives text, presence, exact ranges and lengths", async () => {
    const folder = await open();
    expect(await folder.text("config.json")).toBe('{"a":1}');
    expect(await readJson(folder, "sub/x.json")).toBe(7);
    expect([await folder.exists("m.safetensors"), await folder.exists("n.safetensors")]).toEqual([
      true,
      false,
    ]);
    for (const [start, end] of [
      [0, 8],
      [8, 8],
      [990, 1000],
      [0, 1000],
      [500, 501],
    ] as const)
      expect(await folder.bytes("m.safetensors", { start, end })).toEqual(weights.slice(start, end));
    expect(folder.sizeBytes("m.safetensors")).toBe(1000);
  });

  test("refuses what isn't there, ends early or is no JSON, by name", async () => {
    const folder = await open();
    expect(await errorFrom(() => folder.text("nothing.json"))).toMatchObject({
      name: "Unreachable",
      message: expect.stringContaining("nothing.json"),
    });
    expect(await errorFrom(() => folder.bytes("n.safetensors", { start: 0, end: 8 }))).toMatchObject({
      name: "CorruptCheckpoint",
      message: expect.stringContaining("n.safetensors"),
    });
    for (const [start, end] of [
      [995, 1005],
      [2000, 2001],
    ] as const)
      expect((await errorFrom(() => folder.bytes("m.safetensors", { start, end }))).name).toBe(
        "CorruptCheckpoint",
      );
    expect((await errorFrom(() => readJson(folder, "bad.json"))).name).toBe("CorruptCheckpoint");
  });

  test.each([
    "../m",
    "a/../m",
    "/m",
    "//host/m",
    "http://host/m",
    "a\\m",
    "",
    ".",
    "a//b",
    "a?b",
    "a#b",
    "a%2e",
  ])("refuses the path %j", async (path) => {
    const folder = await open();
    for (const action of [
      () => folder.text(path),
      () => folder.exists(path),
      () => folder.bytes(path, { start: 0, end: 1 }),
    ])
      expect((await errorFrom(action)).name).toBe("InvalidRequest");
  });
});
