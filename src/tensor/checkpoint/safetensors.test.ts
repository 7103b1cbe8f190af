import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EdgeloomError } from "../edgeloom-error.ts";
import { errorFrom } from "../testing/named-error.ts";
import { encodeSafetensors } from "./encode-safetensors.ts";
import { parseSafetensorsHeader } from "./safetensors.ts";

/** A file of this header text and as many zero bytes of tensors, written without the encoder under test. */
function fileOf(json: string | object, dataBytes = 0): Uint8Array {
  const text = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.byteLength));
  return new Uint8Array(Buffer.concat([length, text, Buffer.alloc(dataBytes)]));
}

const parse = (file: Uint8Array) => parseSafetensorsHeader(file, file.byteLength);
const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

test("entries have absolute offsets, in the order of their bytes; metadata and padding are skipped", () => {
  const json = JSON.stringify({
    __metadata__: { format: "pt" },
    b: entry("F16", [3], [8, 14]),
    a: entry("F32", [2, 1], [0, 8]),
    empty: entry("I64", [0, 7], [14, 14]),
    scalar: entry("BF16", [], [14, 16]),
  });
  const file = fileOf(`${json}   `, 16);
  const base = file.byteLength - 16;
  const { entries, headerBytes } = parse(file);
  expect(headerBytes).toBe(base);
  expect([...entries.values()]).toEqual([
    { name: "a", dtype: "f32", shape: [2, 1], start: base, end: base + 8 },
    { name: "b", dtype: "f16", shape: [3], start: base + 8, end: base + 14 },
    { name: "empty", dtype: "i64", shape: [0, 7], start: base + 14, end: base + 14 },
    { name: "scalar", dtype: "bf16", shape: [], start: base + 14, end: base + 16 },
  ]);
});

test.each([
  ["BOOL", 8],
  ["U8", 8],
  ["I8", 8],
  ["F8_E5M2", 8],
  ["F8_E4M3", 8],
  ["F8_E8M0", 8],
  ["I16", 16],
  ["U16", 16],
  ["I32", 32],
  ["U32", 32],
  ["F64", 64],
  ["I64", 64],
  ["U64", 64],
  ["C64", 64],
  ["F4", 4],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
])("the format's dtype %s has %i bits", (dtype, bits) => {
  expect(parse(fileOf({ a: entry(dtype, [8], [0, bits]) }, bits)).entries.get("a")?.dtype).toBe(
    dtype.toLowerCase(),
  );
});

const broken: readonly (readonly [string, Uint8Array])[] = [
  ["an empty file", new Uint8Array(0)],
  ["seven bytes", new Uint8Array(7)],
  ["a header beyond the file", fileOf("{}").subarray(0, 9)],
  ["a header of 2^63 bytes", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80, 0x7b, 0x7d)],
  ["an empty header", fileOf("")],
  ["leading white space", fileOf(" {}")],
  ["a byte order mark", fileOf("\ufeff{}")],
  ["no JSON", fileOf("{oops}")],
  ["two values", fileOf("{} {}")],
  ["an array", fileOf("[]")],
  ["a number", fileOf("7")],
  ["an entry that is no object", fileOf({ a: 3 })],
  ["an entry that is null", fileOf({ a: null })],
  ["an entry that is an array", fileOf({ a: [] })],
  ["an entry without a shape", fileOf({ a: { dtype: "F32", data_offsets: [0, 4] } }, 4)],
  ["an unknown dtype", fileOf({ a: entry("F99", [1], [0, 4]) }, 4)],
  ["a dtype in lower case", fileOf({ a: entry("f32", [1], [0, 4]) }, 4)],
  ["a dtype of the prototype", fileOf({ a: entry("CONSTRUCTOR", [1], [0, 4]) }, 4)],
  ["a dtype that is a number", fileOf({ a: { dtype: 1, shape: [1], data_offsets: [0, 4] } }, 4)],
  ["a shape that is text", fileOf({ a: entry("F32", "1", [0, 4]) }, 4)],
  ["a negative size", fileOf({ a: entry("F32", [-1, -1], [0, 4]) }, 4)],
  ["a fractional size", fileOf({ a: entry("F32", [0.5, 2], [0, 4]) }, 4)],
  ["a size that is text", fileOf({ a: entry("F32", ["1"], [0, 4]) }, 4)],
  [
    "a size beyond safe integers",
    fileOf('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4),
  ],
  ["an infinite size", fileOf('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', 4)],
  ["sizes that overflow", fileOf({ a: entry("F32", [2 ** 40, 2 ** 40, 2 ** 40], [0, 4]) }, 4)],
  ["a rank of 65", fileOf({ a: entry("F32", Array(65).fill(1), [0, 4]) }, 4)],
  ["a shape that doesn't multiply up", fileOf({ a: entry("F32", [2], [0, 4]) }, 4)],
  ["half a byte", fileOf({ a: entry("F4", [3], [0, 2]) }, 2)],
  ["one offset", fileOf({ a: entry("F32", [1], [0]) }, 4)],
  ["three offsets", fileOf({ a: entry("F32", [1], [0, 4, 8]) }, 4)],
  ["an end before its start", fileOf({ a: entry("F32", [1], [4, 0]) }, 4)],
  ["a negative offset", fileOf({ a: entry("F32", [2], [-4, 4]) }, 4)],
  ["a tensor beyond the file", fileOf({ a: entry("F32", [2], [0, 8]) }, 4)],
  ["a tensor beyond any file", fileOf({ a: entry("U8", [1], [2 ** 53 - 2, 2 ** 53 - 1]) }, 4)],
  ["bytes after the last tensor", fileOf({ a: entry("F32", [1], [0, 4]) }, 5)],
  ["a hole before the first tensor", fileOf({ a: entry("F32", [1], [4, 8]) }, 8)],
  ["a hole between tensors", fileOf({ a: entry("U8", [1], [0, 1]), b: entry("U8", [1], [2, 3]) }, 3)],
  ["an overlap", fileOf({ a: entry("U8", [2], [0, 2]), b: entry("U8", [2], [1, 3]) }, 3)],
  ["the same bytes twice", fileOf({ a: entry("U8", [2], [0, 2]), b: entry("U8", [2], [0, 2]) }, 2)],
  [
    "a name that repeats",
    fileOf(
      '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      1,
    ),
  ],
  [
    "invalid UTF-8",
    (() => {
      const file = fileOf('{"?":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}');
      file[10] = 0xff;
      return file;
    })(),
  ],
  ["deep nesting", fileOf(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)],
  ["a million empty arrays", fileOf(`{"a":[${"[],".repeat(1_000_000)}[]]}`)],
  [
    "more than a million tensors",
    fileOf(`{${Array.from({ length: 1_000_002 }, (_, i) => `"${i}":0`).join()}}`),
  ],
];

test.each(broken)("%s is refused as a corrupt checkpoint with the remedy", async (_what, file) => {
  const { name, message } = await errorFrom(() => parse(file));
  expect(name).toBe("CorruptCheckpoint");
  expect(message).toContain("; ");
  expect(message.length).toBeLessThan(600);
});

test("an unknown file length leaves only the file's end unchecked", async () => {
  const json = { a: entry("F32", [1], [0, 4]) };
  expect(parseSafetensorsHeader(fileOf(json), null).entries.size).toBe(1);
  expect(
    (await errorFrom(() => parseSafetensorsHeader(fileOf({ a: entry("F32", [1], [1, 5]) }), null))).name,
  ).toBe("CorruptCheckpoint");
});

test("a name that is special to JavaScript is a name", () => {
  const file = fileOf(
    '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a\\"}{\\\\":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
    2,
  );
  expect([...parse(file).entries.keys()]).toEqual(["__proto__", 'a"}{\\']);
});

const tensors = fc.uniqueArray(
  fc.record({
    name: fc.string({ unit: "binary", maxLength: 12 }).filter((name) => name !== "__metadata__"),
    dtype: fc.constantFrom("f32", "f16", "bf16", "i8", "u8"),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  }),
  { selector: ({ name }) => name, maxLength: 8 },
);
const width = { f32: 4, f16: 2, bf16: 2, i8: 1, u8: 1 } as const;

test("what is encoded parses to the same tensors, aligned to their elements, with their own bytes", () => {
  fc.assert(
    fc.property(tensors, fc.nat(255), (specs, salt) => {
      const given = specs.map((spec, i) => ({
        ...spec,
        bytes: new Uint8Array(spec.shape.reduce((a, b) => a * b, 1) * width[spec.dtype]).fill(
          (salt + i) % 256,
        ),
      }));
      const file = encodeSafetensors(given);
      const { entries, headerBytes } = parse(file);
      expect(headerBytes % 8).toBe(0);
      expect(entries.size).toBe(given.length);
      for (const { name, dtype, shape, bytes } of given) {
        const { start, end, ...rest } = entries.get(name)!;
        expect(rest).toEqual({ name, dtype, shape });
        expect(start % width[dtype]).toBe(0);
        expect(file.slice(start, end)).toEqual(bytes);
      }
    }),
  );
});

test("the encoder refuses a repeated name and bytes of another shape", () => {
  const a = { name: "a", dtype: "u8", shape: [1], bytes: new Uint8Array(1) } as const;
  expect(() => encodeSafetensors([a, a])).toThrow(RangeError);
  expect(() => encodeSafetensors([{ ...a, name: "__metadata__" }])).toThrow(RangeError);
  expect(() => encodeSafetensors([{ ...a, shape: [2] }])).toThrow(RangeError);
});

test("mutated headers parse to entries within the file, or are refused by name", () => {
  const valid = encodeSafetensors([
    { name: "model.a", dtype: "f32", shape: [2, 3], bytes: new Uint8Array(24) },
    { name: "model.b", dtype: "bf16", shape: [5], bytes: new Uint8Array(10) },
    { name: "model.c", dtype: "i8", shape: [3], bytes: new Uint8Array(3) },
  ]);
  const mutation = fc.record({
    at: fc.nat(valid.byteLength - 1),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('0123456789[]{}":,-.e\\'))),
  });
  fc.assert(
    fc.property(
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.nat(valid.byteLength),
      (mutations, cut) => {
        const file = valid.slice();
        for (const { at, byte } of mutations) file[at] = byte;
        for (const candidate of [file, file.subarray(0, cut)]) {
          try {
            for (const { start, end } of parse(candidate).entries.values()) {
              expect(start).toBeGreaterThanOrEqual(8);
              expect(end).toBeLessThanOrEqual(candidate.byteLength);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(EdgeloomError);
          }
        }
      },
    ),
    { numRuns: 3000 },
  );
});

const realFiles = ["public/models/fables-1m", "../shared/models/stories260K"].map(
  (folder) => `${folder}/model.safetensors`,
);
for (const path of realFiles) {
  const present = existsSync(path);
  test.skipIf(!present)(
    `the real file ${path} ${present ? "parses, and is covered by its tensors" : "is not on this machine"}`,
    () => {
      const file = readFileSync(path);
      const { entries, headerBytes } = parse(file);
      expect(entries.get("model.embed_tokens.weight")?.dtype).toBe("f32");
      const bytes = [...entries.values()].reduce(
        (sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1),
        0,
      );
      expect(headerBytes + bytes).toBe(file.byteLength);
    },
  );
}
