import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { byteTokenizer } from "../testing/byte-tokenizer.ts";
import type { ChatMessage } from "./chat-template.ts";
import { openTokenizer } from "./tokenizer.ts";

const tokenizerJson = byteTokenizer(300)["tokenizer.json"];
const question: readonly ChatMessage[] = [{ role: "user", content: "Why?" }];

const withConfig = (config: unknown, chatTemplate: string | null = null) =>
  openTokenizer({ tokenizerJson, tokenizerConfigJson: JSON.stringify(config), chatTemplate });
const said = (chatTemplate: string, messages = question): string => {
  const tokenizer = withConfig({ bos_token: { content: "<s>" }, eos_token: "</s>" }, chatTemplate);
  return tokenizer.decode(tokenizer.encodeChat(messages));
};

test("the fables model's template gives one beginning-of-text and opens the answer", () => {
  const folder = new URL("../../../public/models/fables-1m/", import.meta.url);
  const tokenizer = openTokenizer({
    tokenizerJson: readFileSync(new URL("tokenizer.json", folder), "utf8"),
    tokenizerConfigJson: readFileSync(new URL("tokenizer_config.json", folder), "utf8"),
    chatTemplate: null,
  });
  expect(tokenizer.hasChatTemplate).toBe(true);
  const messages: readonly ChatMessage[] = [
    { role: "user", content: "Tell me a fable." },
    { role: "assistant", content: "A fox." },
    { role: "user", content: "More." },
  ];
  const plain = (text: string) => tokenizer.encode(text).slice(1);
  expect(tokenizer.encodeChat(messages)).toEqual([
    ...[0, 2, ...plain("Tell me a fable.")],
    ...[3, ...plain("A fox."), 1],
    ...[2, ...plain("More."), 3],
  ]);
});

test("templates see special tokens given as text or as objects, and no tools", () => {
  const tokenizer = withConfig(
    { bos_token: { content: "<s>" }, eos_token: "</s>" },
    "{{ bos_token }}{% if tools is none and documents is none %}{{ messages[0]['content'] }}{% endif %}{{ eos_token }}{{ pad_token }}",
  );
  expect(tokenizer.encodeChat(question)).toEqual([0, ...tokenizer.encode("Why?").slice(1), 1]);
});

test("of several named templates the default is used, or the only one", () => {
  const named = (...names: string[]) => names.map((name) => ({ name, template: name }));
  const chosen = (chat_template: unknown) => {
    const tokenizer = withConfig({ chat_template });
    return tokenizer.hasChatTemplate && tokenizer.decode(tokenizer.encodeChat(question));
  };
  expect(chosen(named("tool_use", "default"))).toBe("default");
  expect(chosen(named("rag"))).toBe("rag");
  expect(chosen(named("rag", "tool_use"))).toBe(false);
});

test("chat_template.jinja goes before tokenizer_config.json", () => {
  const tokenizer = withConfig({ chat_template: "config" }, "file");
  expect(tokenizer.decode(tokenizer.encodeChat(question))).toBe("file");
});

test("messages to a model without template are refused with the remedy", () => {
  const tokenizer = openTokenizer({ tokenizerJson, tokenizerConfigJson: null, chatTemplate: null });
  expect(tokenizer.hasChatTemplate).toBe(false);
  expect(() => tokenizer.encodeChat(question)).toThrow(
    expect.objectContaining({ name: "InvalidRequest", message: expect.stringContaining("give a prompt") }),
  );
});

test("what a template raises is told to whoever asked", () => {
  expect(() => said("{{ raise_exception('roles must alternate') }}")).toThrow(
    expect.objectContaining({
      name: "InvalidRequest",
      message: expect.stringContaining("roles must alternate"),
    }),
  );
  expect(() => said("{{ 1 }}", [])).toThrow(expect.objectContaining({ name: "InvalidRequest" }));
});

test("a template that tells the date is given it", () => {
  const now = () => new Date(2024, 6, 26);
  const files = { tokenizerJson, tokenizerConfigJson: null, chatTemplate: "{{ strftime_now('%d %b %Y') }}" };
  const tokenizer = openTokenizer(files, now);
  expect(tokenizer.decode(tokenizer.encodeChat(question))).toBe("26 Jul 2024");
});

test("range counts as Python's does", () => {
  const list = (call: string) => said(`{% for i in ${call} %}{{ i }} {% endfor %}`).trim();
  expect(list("range(3)")).toBe("0 1 2");
  expect(list("range(2, 4)")).toBe("2 3");
  expect(list("range(5, 0, -2)")).toBe("5 3 1");
  expect(list("range(3, 1)")).toBe("");
});

test.each([
  ["a syntax error", "{% if %}"],
  [
    "a range that would fill memory",
    "{% for i in range(10 ** 9) %}x{% endfor %}{% set x = range(1000000000) %}",
  ],
  ["nested ranges", "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}"],
  ["a range without end", "{% for i in range(0, 1, 0) %}{% endfor %}"],
  ["a macro that calls itself", "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}"],
  [
    "a text that doubles",
    "{% set n = namespace(s='xx') %}{% for i in range(100) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s }}",
  ],
])("%s in a template is CorruptCheckpoint, not a hang", (_, template) => {
  expect(() => said(template)).toThrow(expect.objectContaining({ name: "CorruptCheckpoint" }));
});

test("a rendering beyond the bound is refused", () => {
  expect(() =>
    said("{% for i in range(1000) %}{{ messages[0].content }}{% endfor %}", [
      { role: "user", content: "x".repeat(10_000) },
    ]),
  ).toThrow(expect.objectContaining({ name: "InvalidRequest" }));
  expect(() => said("", [{ role: "user", content: "x".repeat(2 ** 22 + 1) }])).toThrow(
    expect.objectContaining({ name: "InvalidRequest" }),
  );
});

test.each([
  ["a number", 5],
  ["a list of numbers", [5]],
  ["a list without templates", [{ name: "default" }]],
])("a chat_template that is %s is CorruptCheckpoint", (_, chat_template) => {
  expect(() => withConfig({ chat_template })).toThrow(expect.objectContaining({ name: "CorruptCheckpoint" }));
});
