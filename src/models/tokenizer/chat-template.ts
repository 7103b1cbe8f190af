import { Environment, Interpreter, Template } from "@huggingface/jinja";
import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import { formatTime } from "./format-time.ts";
import { corruptTokenizer, type Fields, isRecord } from "./tokenizer-files.ts";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

const maxTemplateCharacters = 2 ** 20;
/** Of a conversation, and of what a template makes of it. */
const maxTextCharacters = 2 ** 22;
/** Numbers that one rendering may take from range(), all calls together. */
const maxRangeNumbers = 20_000;

/**
 * The source of the checkpoint's chat template, or null when it has none. A file of its own goes before
 * tokenizer_config.json; of several named templates "default" is meant. Throws CorruptCheckpoint.
 */
export function chatTemplateOf(config: Fields, file: string | null): string | null {
  const source = file ?? namedTemplate(config.chat_template);
  if (source !== null && source.length > maxTemplateCharacters)
    throw corruptTokenizer(
      `the chat template has ${source.length} characters, more than ${maxTemplateCharacters}`,
    );
  return source;
}

function namedTemplate(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  if (!Array.isArray(value))
    throw corruptTokenizer("tokenizer_config.json has a chat_template that is neither text nor a list");
  const list: readonly unknown[] = value;
  const templates = new Map(list.map(parseNamed));
  const [only] = templates.size === 1 ? templates.values() : [];
  return templates.get("default") ?? only ?? null;
}

function parseNamed(value: unknown): readonly [string, string] {
  if (isRecord(value) && typeof value.name === "string" && typeof value.template === "string")
    return [value.name, value.template];
  throw corruptTokenizer("tokenizer_config.json lists a chat_template without name and template");
}

/** What a template says by raise_exception. */
class TemplateRefusal extends Error {}

/**
 * The conversation as the model wants to read it, with the opening of its answer. Throws InvalidRequest when the
 * template refuses these messages or the text grows past 4 Mi characters, CorruptCheckpoint when the template itself is
 * broken. Not bounded: the time of loops that a template nests over lists which are not from range().
 */
export function renderChat(
  source: string,
  messages: readonly ChatMessage[],
  { config, now }: Setting,
): string {
  const given = messages.reduce((sum, { content }) => sum + content.length, 0);
  if (messages.length === 0)
    throw new EdgeloomError("InvalidRequest", "the conversation has no messages; add one of the user");
  if (given > maxTextCharacters) throw tooLong(given);
  const text = render(source, {
    ...constants,
    ...specialTokens(config),
    messages: messages.map(({ role, content }) => ({ role, content })),
    add_generation_prompt: true,
    tools: null,
    documents: null,
    raise_exception: (message: unknown) => {
      throw new TemplateRefusal(String(message));
    },
    range: boundedRange(),
    strftime_now: (format: unknown) => formatTime(now(), String(format)),
  });
  if (text.length > maxTextCharacters) throw tooLong(text.length);
  return text;
}

export interface Setting {
  /** Content of tokenizer_config.json, which names the special tokens. */
  readonly config: Fields;
  /** For templates that tell the model the date. */
  readonly now: () => Date;
}

const constants = { true: true, false: false, none: null, True: true, False: false, None: null };

/** The library's own `Template.render` has a range() without bound, which can't be replaced; so its parts are used. */
function render(source: string, context: Readonly<Record<string, unknown>>): string {
  try {
    const environment = new Environment();
    for (const [name, value] of Object.entries(context)) environment.set(name, value);
    const { value } = new Interpreter(environment).run(new Template(source).parsed);
    if (typeof value === "string") return value;
    throw new TypeError(`it gives a ${typeof value}, not text`);
  } catch (error) {
    if (error instanceof TemplateRefusal)
      throw new EdgeloomError(
        "InvalidRequest",
        `the model's chat template refuses these messages: ${error.message}`,
      );
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `the model's chat template failed (${error instanceof Error ? error.message : String(error)}); give a prompt instead of messages, or mend the template`,
    );
  }
}

const tooLong = (characters: number): EdgeloomError =>
  new EdgeloomError(
    "InvalidRequest",
    `the conversation has ${characters} characters, more than the ${maxTextCharacters} that are tokenized; shorten it`,
  );

/** Their texts, each by the name that templates use. */
function specialTokens(config: Fields): Readonly<Record<string, string>> {
  const entries = ["bos_token", "eos_token", "unk_token", "pad_token"].flatMap((name) => {
    const token = config[name];
    const text = isRecord(token) ? token.content : token;
    return typeof text === "string" ? [[name, text] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Python's range; the library's own would fill memory on a template's word. */
function boundedRange(): (...bounds: readonly unknown[]) => readonly number[] {
  let left = maxRangeNumbers;
  return (...bounds) => {
    const numbers = bounds.filter((bound) => typeof bound === "number");
    const [start, stop] = numbers.length > 1 ? numbers : [0, ...numbers];
    const step = numbers[2] ?? 1;
    const count = Math.max(0, Math.ceil(((stop ?? 0) - (start ?? 0)) / step));
    if (!(count <= left)) throw new RangeError(`range() gives more than ${maxRangeNumbers} numbers`);
    left -= count;
    return Array.from({ length: count }, (_, index) => (start ?? 0) + index * step);
  };
}
