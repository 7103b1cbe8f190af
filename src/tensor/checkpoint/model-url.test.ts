import fc from "fast-check";
import { expect, test } from "vitest";
import { errorFrom } from "../testing/named-error.ts";
import { resolveModelRef } from "./model-url.ts";

const base = "http://localhost:5173/";

test.each([
  ["fables-1m", "http://localhost:5173/models/fables-1m/"],
  ["stories260K", "http://localhost:5173/models/stories260K/"],
  ["hf:HuggingFaceTB/SmolLM2-135M", "https://huggingface.co/HuggingFaceTB/SmolLM2-135M/resolve/main/"],
  ["hf:a/b.c@v1.0", "https://huggingface.co/a/b.c/resolve/v1.0/"],
  ["hf:a/b@refs/pr/3", "https://huggingface.co/a/b/resolve/refs%2Fpr%2F3/"],
  ["http://10.0.0.7:8000/models/x", "http://10.0.0.7:8000/models/x/"],
  ["https://example.org/my%20model/", "https://example.org/my%20model/"],
])("%s is the folder %s", (ref, url) => {
  expect(resolveModelRef(ref, base)).toEqual({ url });
});

test.each([
  "",
  ".",
  "..",
  "../secret",
  "a/b",
  "a b",
  ".hidden",
  "%2e%2e",
  "fables-1m/",
  "a\\b",
  "hf:",
  "hf:gpt2",
  "hf:a/b/c",
  "hf:a/..",
  "hf:a/b..c",
  "hf:a/b@",
  "hf:a/b@../main",
  "hf:a/b@x//y",
  "hf:a/%2e%2e",
  "ftp://example.org/x",
  "file:///etc",
  "data:text/plain,x",
  "javascript:0",
  "//example.org/x",
  "http://",
  "http://example.org/a/../b",
  "http://example.org//a",
  "http://example.org/a\\b",
  "http://example.org/%2E%2e/b",
  "http://example.org/a%2fb",
  "http://example.org/a%252e",
  "http://user:word@example.org/a",
  "http://example.org/a?x=1",
  "http://example.org/a#b",
  "http://example.org/a/config.json",
  `http://example.org/${"a".repeat(2000)}`,
])("%j is refused", async (ref) => {
  expect((await errorFrom(() => resolveModelRef(ref, base))).name).toBe("InvalidRequest");
});

test("the hub's page of a model is refused with the reference to write", async () => {
  const { message } = await errorFrom(() => resolveModelRef("https://huggingface.co/a/b", base));
  expect(message).toContain("hf:a/b");
});

test("no reference leads out of the models, the hub's files or its own URL", () => {
  const pieces = fc.constantFrom(
    "a",
    ".",
    "..",
    "/",
    "\\",
    "%2e",
    "%2F",
    "hf:",
    "@",
    "http://h",
    "?",
    "#",
    ":",
    " ",
    "\n",
    "é",
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")),
      (ref) => {
        let url: string;
        try {
          ({ url } = resolveModelRef(ref, base));
        } catch (error) {
          expect(error).toMatchObject({ name: "InvalidRequest" });
          return;
        }
        const { href, pathname, origin } = new URL("config.json", url);
        expect(pathname).not.toMatch(/\.\.|\/\/|\\/);
        if (origin === "http://localhost:5173")
          expect(href).toMatch(/^http:\/\/localhost:5173\/models\/[^/]+\/config\.json$/);
        else if (ref.startsWith("hf:"))
          expect(href).toMatch(/^https:\/\/huggingface\.co\/[^/]+\/[^/]+\/resolve\/[^/]+\/config\.json$/);
        else expect(ref.startsWith("http://h")).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});
