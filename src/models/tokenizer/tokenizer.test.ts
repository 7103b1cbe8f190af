import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteTokenizer } from "../testing/byte-tokenizer.ts";
import { textStream } from "./text-stream.ts";
import { openTokenizer, type Tokenizer } from "./tokenizer.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), "utf8");

function filesIn(folder: string) {
  return {
    tokenizerJson: read(`${folder}/tokenizer.json`),
    tokenizerConfigJson: read(`${folder}/tokenizer_config.json`),
    chatTemplate: null,
  };
}

const small = byteTokenizer(300);
const smallFiles = {
  tokenizerJson: small["tokenizer.json"],
  tokenizerConfigJson: small["tokenizer_config.json"],
  chatTemplate: null,
};
const stories = "../shared/models/stories260K";
const real = [
  { name: "a byte-level tokenizer of 300 tokens", files: smallFiles },
  { name: "fables-1m", files: filesIn("public/models/fables-1m") },
  ...(existsSync(new URL(stories, root)) ? [{ name: "stories260K", files: filesIn(stories) }] : []),
];

const streamed = (tokenizer: Tokenizer, ids: readonly number[], after: readonly number[] = []): string => {
  const stream = tokenizer.stream(after);
  return ids.map((id) => stream.push(id)).join("") + stream.flush();
};

describe.each(real)("$name", ({ files }) => {
  const tokenizer = openTokenizer(files);
  const library = new LibraryTokenizer(JSON.parse(files.tokenizerJson), {});
  const anyId = fc.nat({ max: tokenizer.size - 1 });
  /** Random ids hardly ever spell a whole character of several bytes, so real text is mixed in. */
  const anyText = fc.string({ unit: fc.constantFrom(..."ab ,.é€漢😀\n\uFEFF\uFFFD"), maxLength: 30 });
  const anyIds = fc
    .array(
      fc.oneof(
        fc.array(anyId, { maxLength: 5 }),
        anyText.map((text) => tokenizer.encode(text)),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.flat());

  test("streamed pieces join to what the library decodes at once", () => {
    fc.assert(
      fc.property(anyIds, (ids) => {
        const whole =
          ids.length === 0
            ? ""
            : library.decode(ids, { skip_special_tokens: true, clean_up_tokenization_spaces: false });
        expect(tokenizer.decode(ids)).toBe(whole);
        expect(streamed(tokenizer, ids)).toBe(whole);
      }),
      { numRuns: 150 },
    );
  });

  test("no piece ends in half a character: what is told is never taken back", () => {
    fc.assert(
      fc.property(anyIds, (ids) => {
        const stream = tokenizer.stream();
        let told = "";
        for (const [position, id] of ids.entries()) {
          told += stream.push(id);
          const upToHere = tokenizer.decode(ids.slice(0, position + 1));
          expect(upToHere.startsWith(told)).toBe(true);
          expect(["", "\uFFFD"]).toContain(upToHere.slice(told.length));
        }
      }),
      { numRuns: 25 },
    );
  });

  test("a stream that continues a prompt joins to prompt and answer decoded together", () => {
    fc.assert(
      fc.property(anyIds, anyIds, (prompt, ids) => {
        fc.pre(!tokenizer.decode(prompt).endsWith("\uFFFD"));
        expect(tokenizer.decode(prompt) + streamed(tokenizer, ids, prompt)).toBe(
          tokenizer.decode([...prompt, ...ids]),
        );
      }),
      { numRuns: 100 },
    );
  });

  test("decoding undoes encoding", () => {
    const text = "Once upon a time, the crow said: “日本 😀” — and\n\n  flew.";
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });
});

test("however long a text, a stream decodes only its last tokens anew, also where every character spans three", () => {
  const tokenizer = openTokenizer(smallFiles);
  const text = "漢字仮名".repeat(500);
  const ids = tokenizer.encode(text);
  let longest = 0;
  const stream = textStream((part) => {
    longest = Math.max(longest, part.length);
    return tokenizer.decode(part);
  }, []);
  expect(ids.map((id) => stream.push(id)).join("") + stream.flush()).toBe(text);
  expect(ids.length).toBeGreaterThan(6000);
  expect(longest).toBeLessThan(80);
});

test.runIf(existsSync(new URL(stories, root)))(
  "a space that begins an answer is kept behind a prompt and dropped without one",
  () => {
    const tokenizer = openTokenizer(filesIn(stories));
    const ids = tokenizer.encode("there was").slice(1);
    expect(streamed(tokenizer, ids)).toBe("there was");
    expect(streamed(tokenizer, ids, tokenizer.encode("Once"))).toBe(" there was");
  },
);

test("special tokens are those of the post-processor, and are not shown", () => {
  const tokenizer = openTokenizer(smallFiles);
  expect(tokenizer.encode("a")).toHaveLength(2);
  expect(tokenizer.encode("a")[0]).toBe(0);
  expect(tokenizer.decode([0, ...tokenizer.encode("a"), 1])).toBe("a");
});

test("an id of the model without a token reads as no text, one beyond the model is refused", () => {
  const tokenizer = openTokenizer({ ...smallFiles, vocabularySize: 320 });
  const [, a] = tokenizer.encode("a");
  expect(tokenizer.decode([300, a ?? 0, 319])).toBe("a");
  for (const id of [320, -1, 1.5, Number.NaN]) {
    expect(() => tokenizer.decode([id])).toThrow(expect.objectContaining({ name: "InvalidRequest" }));
    expect(() => tokenizer.stream().push(id)).toThrow(expect.objectContaining({ name: "InvalidRequest" }));
  }
  expect(() => openTokenizer(smallFiles).decode([300])).toThrow(
    expect.objectContaining({ name: "InvalidRequest" }),
  );
});

test("a token beyond the model's vocabulary is the files' contradiction", () => {
  const tokenizer = openTokenizer({ ...smallFiles, vocabularySize: 50 });
  expect(() => tokenizer.encode("zebra")).toThrow(expect.objectContaining({ name: "CorruptCheckpoint" }));
});

test("text beyond the bound is refused before it is tokenized", () => {
  const text = "a".repeat(2 ** 22 + 1);
  expect(() => openTokenizer(smallFiles).encode(text)).toThrow(
    expect.objectContaining({ name: "InvalidRequest" }),
  );
});

const broken: readonly (readonly [string, string])[] = [
  ["no JSON", "{"],
  ["no object", "[]"],
  ["no model", `{"added_tokens":[]}`],
  ["no added_tokens", `{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}`],
  [
    "an id that would allocate",
    JSON.stringify({ ...JSON.parse(small["tokenizer.json"]), added_tokens: [{ id: 4e9, content: "x" }] }),
  ],
  ["a negative id", small["tokenizer.json"].replace(`"a":`, `"a":-`)],
  [
    "merges that are numbers",
    JSON.stringify({
      ...JSON.parse(small["tokenizer.json"]),
      model: { type: "BPE", vocab: { a: 0 }, merges: [1, 2] },
    }),
  ],
  ["an empty vocabulary", `{"added_tokens":[],"model":{"type":"BPE","vocab":{},"merges":[]}}`],
];
test.each(broken)("tokenizer.json with %s is CorruptCheckpoint", (_, tokenizerJson) => {
  expect(() => openTokenizer({ ...smallFiles, tokenizerJson })).toThrow(
    expect.objectContaining({ name: "CorruptCheckpoint" }),
  );
});

test("a tokenizer.json cut or altered anywhere is refused by name or works", () => {
  const json = small["tokenizer.json"];
  const altered = fc.oneof(
    fc.nat({ max: json.length }).map((end) => json.slice(0, end)),
    fc
      .tuple(fc.nat({ max: json.length }), fc.constantFrom(...`0"{}[],:nul`))
      .map(([at, char]) => json.slice(0, at) + char + json.slice(at + 1)),
  );
  fc.assert(
    fc.property(altered, (tokenizerJson) => {
      try {
        const tokenizer = openTokenizer({ ...smallFiles, tokenizerJson });
        tokenizer.decode(tokenizer.encode("Once upon a time"));
      } catch (error) {
        expect(["CorruptCheckpoint", "UnsupportedModel", "InvalidRequest"]).toContain(
          error instanceof Error && error.name,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test("a decoder that isn't implemented is UnsupportedModel", () => {
  const tokenizerJson = JSON.stringify({
    ...JSON.parse(small["tokenizer.json"]),
    decoder: { type: "Telepathy" },
  });
  expect(() => openTokenizer({ ...smallFiles, tokenizerJson })).toThrow(
    expect.objectContaining({ name: "UnsupportedModel", message: expect.stringContaining("Telepathy") }),
  );
});
