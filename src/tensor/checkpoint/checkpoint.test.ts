import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { normalValues, seededRandom } from "../random.ts";
import { type FileServer, serveFiles } from "../testing/file-server.ts";
import { errorFrom } from "../testing/named-error.ts";
import { toF32 } from "./as-f32.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { encodeSafetensors, type TensorBytes } from "./encode-safetensors.ts";
import type { ByteRange, Folder } from "./folder.ts";
import { httpFolder } from "./http-folder.ts";
import { memoryFolder } from "./memory-folder.ts";
import type { LoadedTensor } from "./read-tensors.ts";

type Files = Readonly<Record<string, Uint8Array>>;
const random = seededRandom(20);
const tensor = (name: string, length: number): TensorBytes => ({
  name,
  dtype: "u8",
  shape: [length],
  bytes: Uint8Array.from({ length }, () => 256 * random()),
});
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const servers: FileServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
async function serve(files: Files, ranges = true): Promise<FileServer> {
  const server = await serveFiles(files, { ranges });
  servers.push(server);
  return server;
}
async function collect(tensors: AsyncIterable<LoadedTensor>): Promise<Map<string, Uint8Array>> {
  const all = new Map<string, Uint8Array>();
  for await (const { name, bytes } of tensors) all.set(name, bytes);
  return all;
}
const bytesByName = (tensors: readonly TensorBytes[], names: readonly string[]): Map<string, Uint8Array> =>
  new Map(tensors.filter(({ name }) => names.includes(name)).map(({ name, bytes }) => [name, bytes]));

const tensors = ["a", "b", "c", "d", "e", "f"].map((name, i) => tensor(name, 100 + 37 * i));
const single: Files = { "model.safetensors": encodeSafetensors(tensors) };
const shardNames = [
  "model-00001-of-00003.safetensors",
  "model-00002-of-00003.safetensors",
  "model-00003-of-00003.safetensors",
] as const;
const sharded: Files = {
  ...Object.fromEntries(
    shardNames.map((file, i) => [file, encodeSafetensors(tensors.slice(2 * i, 2 * i + 2))]),
  ),
  "model.safetensors.index.json": encode({
    metadata: {},
    weight_map: Object.fromEntries(tensors.map(({ name }, i) => [name, shardNames[Math.floor(i / 2)]])),
  }),
};

/** Bytes at and beyond the header that a server gave of each file. */
function tensorBytesServed(server: FileServer, files: Files): number {
  let bytes = 0;
  for (const { path, start, end } of server.served) {
    const file = files[path];
    if (file === undefined || !path.endsWith(".safetensors")) continue;
    const headerBytes = 8 + new DataView(file.buffer).getUint32(0, true);
    bytes += Math.max(0, end - Math.max(start, headerBytes));
  }
  return bytes;
}

test("no byte of an unwanted tensor is fetched, whatever is wanted, from one file and from shards", async () => {
  for (const files of [single, sharded]) {
    await fc.assert(
      fc.asyncProperty(fc.subarray(tensors.map(({ name }) => name)), async (names) => {
        const server = await serve(files);
        const checkpoint = await openCheckpoint(httpFolder(server.url));
        expect(tensorBytesServed(server, files)).toBe(0);
        expect(await collect(checkpoint.read(names))).toEqual(bytesByName(tensors, names));
        const wanted = names.reduce((sum, name) => sum + (checkpoint.entries.get(name)?.byteLength ?? 0), 0);
        expect(tensorBytesServed(server, files)).toBe(wanted);
      }),
      { numRuns: 15 },
    );
  }
});

test("opening fetches 8 bytes and then exactly the header", async () => {
  const server = await serve(single);
  await openCheckpoint(httpFolder(server.url));
  const headerBytes = 8 + new DataView(single["model.safetensors"]!.buffer).getUint32(0, true);
  const ranges = server.served.slice(1).map(({ start, end }) => [start, end]);
  expect(ranges).toEqual([
    [0, 8],
    [8, headerBytes],
  ]);
});

test("a server without ranges gives the same tensors from one reading of each file", async () => {
  for (const files of [single, sharded]) {
    const server = await serve(files, false);
    const checkpoint = await openCheckpoint(httpFolder(server.url));
    expect(await collect(checkpoint.read(["b", "e"]))).toEqual(bytesByName(tensors, ["b", "e"]));
    for (const path of shardNames)
      expect(server.served.filter((one) => one.path === path).length).toBeLessThanOrEqual(1);
    // The question whether the file is there is one more request, whose body is let go.
    expect(
      server.served.filter((one) => one.path === "model.safetensors" && one.status === 200).length,
    ).toBeLessThanOrEqual(2);
  }
});

test("only the shards that hold the named tensors are opened; another is opened when it is read", async () => {
  const server = await serve(sharded);
  const checkpoint = await openCheckpoint(httpFolder(server.url), { names: ["c"] });
  const shardsAsked = () =>
    new Set(server.served.map(({ path }) => path).filter((path) => path.includes("-of-")));
  expect(shardsAsked()).toEqual(new Set([shardNames[1]]));
  expect([...checkpoint.entries.keys()]).toEqual(["c", "d"]);
  expect(checkpoint.names.size).toBe(6);
  expect(await collect(checkpoint.read(["f"]))).toEqual(bytesByName(tensors, ["f"]));
  expect(shardsAsked()).toEqual(new Set([shardNames[1], shardNames[2]]));
});

/** A folder that notes its requests and how many were under way at once. */
function watched(folder: Folder): Folder & { ranges: ByteRange[]; mostAtOnce: () => number } {
  const ranges: ByteRange[] = [];
  let atOnce = 0;
  let most = 0;
  return {
    ...folder,
    ranges,
    mostAtOnce: () => most,
    bytes: async (path, range, options) => {
      ranges.push(range);
      atOnce++;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setTimeout(resolve, 1));
      atOnce--;
      return folder.bytes(path, range, options);
    },
  };
}
const MiB = 2 ** 20;

test("a tensor longer than a request is put together from pieces of at most 32 MiB, at most four at once", async () => {
  const big = { ...tensor("big", 0), shape: [200 * MiB], bytes: new Uint8Array(200 * MiB) };
  for (let i = 0; i < big.bytes.length; i += 4099) big.bytes[i] = i % 251;
  const folder = watched(
    memoryFolder({ "model.safetensors": encodeSafetensors([tensor("before", 5), big, tensor("after", 7)]) }),
  );
  const checkpoint = await openCheckpoint(folder);
  const loaded: number[] = [];
  const read = await collect(checkpoint.read(["big", "after"], { onBytes: (bytes) => loaded.push(bytes) }));
  expect(Buffer.compare(read.get("big")!, big.bytes)).toBe(0);
  expect(read.get("after")?.buffer.byteLength).toBe(7);
  expect(Math.max(...folder.ranges.map(({ start, end }) => end - start))).toBe(32 * MiB);
  expect(folder.mostAtOnce()).toBe(4);
  expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
  expect(loaded.at(-1)).toBe(200 * MiB + 7);
});

test("leaving the loop, and the signal, end a read and its requests", async () => {
  const many = Array.from({ length: 20 }, (_, i) => tensor(`t${i}`, 10));
  const names = many.map(({ name }) => name).filter((_, i) => i % 2 === 0);
  const folder = watched(memoryFolder({ "model.safetensors": encodeSafetensors(many) }));
  const checkpoint = await openCheckpoint(folder);
  const before = folder.ranges.length;
  for await (const { name } of checkpoint.read(names)) if (name === "t0") break;
  expect(folder.ranges.length - before).toBeLessThanOrEqual(5);
  const controller = new AbortController();
  const refusal = await errorFrom(async () => {
    for await (const { name } of checkpoint.read(names, { signal: controller.signal }))
      if (name === "t2") controller.abort();
  });
  expect(refusal.name).toBe("Cancelled");
});

const shard = (index: unknown, more: Files = {}): Files => ({
  ...sharded,
  "model.safetensors.index.json": encode(index),
  ...more,
});
const without = (file: string): Files =>
  Object.fromEntries(Object.entries(sharded).filter(([name]) => name !== file));
test.each<readonly [string, Files, string]>([
  ["a folder without weights", {}, "neither"],
  ["a missing shard", without(shardNames[1]), shardNames[1]],
  ["a tensor that its shard lacks", shard({ weight_map: { a: shardNames[2] } }), '"a"'],
  ["an index without a weight_map", shard({}), "weight_map"],
  ["a weight_map that is a list", shard({ weight_map: ["a"] }), "weight_map"],
  ["a shard outside of the folder", shard({ weight_map: { a: "../secret.safetensors" } }), '"a"'],
  ["a shard on another host", shard({ weight_map: { a: "http://h/x.safetensors" } }), '"a"'],
  ["a shard that is no safetensors file", shard({ weight_map: { a: "config.json" } }), '"a"'],
  [
    "a file that ends early",
    { "model.safetensors": single["model.safetensors"]!.slice(0, -1) },
    "model.safetensors",
  ],
])("%s is a corrupt checkpoint, in memory and over HTTP", async (_what, files, named) => {
  const server = await serve(files);
  for (const folder of [memoryFolder(files), httpFolder(server.url)])
    expect(await errorFrom(() => openCheckpoint(folder))).toMatchObject({
      name: "CorruptCheckpoint",
      message: expect.stringContaining(named),
    });
});

test("a missing name, and a dtype that can't be read, are refused by name before any weight is fetched", async () => {
  const header = encode({
    x: { dtype: "F8_E4M3", shape: [4], data_offsets: [0, 4] },
    y: { dtype: "U8", shape: [1], data_offsets: [4, 5] },
  });
  const file = new Uint8Array(8 + header.byteLength + 5);
  new DataView(file.buffer).setUint32(0, header.byteLength, true);
  file.set(header, 8);
  const folder = watched(memoryFolder({ "model.safetensors": file }));
  const checkpoint = await openCheckpoint(folder);
  const before = folder.ranges.length;
  expect(await errorFrom(() => collect(checkpoint.read(["y", "z"])))).toMatchObject({
    name: "CorruptCheckpoint",
    message: expect.stringContaining('"z"'),
  });
  expect(await errorFrom(() => collect(checkpoint.read(["y", "x"])))).toMatchObject({
    name: "UnsupportedModel",
    message: expect.stringContaining("F8_E4M3"),
  });
  expect(folder.ranges.length).toBe(before);
  expect([...(await collect(checkpoint.read(["y", "y"]))).keys()]).toEqual(["y"]);
});

test("f32 weights come back as the values that were written", async () => {
  const values = normalValues(35, 0.02, random);
  const file = encodeSafetensors([
    { name: "w", dtype: "f32", shape: [5, 7], bytes: new Uint8Array(values.buffer) },
  ]);
  const checkpoint = await openCheckpoint(memoryFolder({ "model.safetensors": file }));
  for await (const { bytes, dtype, shape } of checkpoint.read(["w"])) {
    expect([dtype, shape]).toEqual(["f32", [5, 7]]);
    expect(toF32(bytes, "f32")).toEqual(values);
  }
});

const realPath = "../shared/models/stories260K/model.safetensors";
const present = existsSync(realPath);
test.skipIf(!present)(
  `one layer of a real checkpoint ${present ? "costs the bytes of that layer alone" : "is not on this machine"}`,
  async () => {
    const files = { "model.safetensors": new Uint8Array(readFileSync(realPath)) };
    const server = await serve(files);
    const checkpoint = await openCheckpoint(httpFolder(server.url));
    const names = [...checkpoint.names].filter((name) => name.startsWith("model.layers.2."));
    const read = await collect(checkpoint.read(names));
    expect(read.size).toBe(9);
    const bytes = [...read.values()].reduce((sum, one) => sum + one.byteLength, 0);
    expect(tensorBytesServed(server, files)).toBe(bytes);
  },
);
