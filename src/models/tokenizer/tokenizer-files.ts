import { EdgeloomError } from "../../tensor/edgeloom-error.ts";

export interface TokenizerFiles {
  /** Content of tokenizer.json. */
  readonly tokenizerJson: string;
  /** Content of tokenizer_config.json. */
  readonly tokenizerConfigJson: string | null;
  /** Content of chat_template.jinja, which goes before a template in tokenizer_config.json. */
  readonly chatTemplate: string | null;
  /**
   * Rows of the model's embedding. Models often have more than the tokenizer has tokens: such an id reads as no text.
   * Default: what the tokenizer has.
   */
  readonly vocabularySize?: number;
}

/** A JSON object of these files; the fields named here are looked at, whatever they hold. */
export interface Fields extends Readonly<Record<string, unknown>> {
  readonly model?: unknown;
  readonly vocab?: unknown;
  readonly added_tokens?: unknown;
  readonly id?: unknown;
  readonly content?: unknown;
  readonly chat_template?: unknown;
  readonly name?: unknown;
  readonly template?: unknown;
}

export interface ParsedFiles {
  readonly tokenizer: Fields;
  readonly config: Fields;
  /** One more than the largest id. */
  readonly size: number;
}

const maxFileCharacters = 128 * 2 ** 20;
/** Far above any published vocabulary; the library allocates by the largest id. */
const maxVocabulary = 2 ** 22;

/** Parses both files and checks every id. Throws CorruptCheckpoint. */
export function parseTokenizerFiles({ tokenizerJson, tokenizerConfigJson }: TokenizerFiles): ParsedFiles {
  const tokenizer = parseObject("tokenizer.json", tokenizerJson);
  const config =
    tokenizerConfigJson === null ? {} : parseObject("tokenizer_config.json", tokenizerConfigJson);
  return { tokenizer, config, size: vocabularySizeOf(tokenizer) };
}

export const corruptTokenizer = (fact: string): EdgeloomError =>
  new EdgeloomError("CorruptCheckpoint", `${fact}; download the checkpoint's tokenizer files anew`);

function parseObject(file: string, text: string): Fields {
  if (text.length > maxFileCharacters)
    throw corruptTokenizer(
      `${file} has ${text.length} characters, more than the ${maxFileCharacters} of any tokenizer`,
    );
  const value = parseJson(file, text);
  if (!isRecord(value)) throw corruptTokenizer(`${file} holds no JSON object`);
  return value;
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw corruptTokenizer(`${file} is no JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

export const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function vocabularySizeOf(tokenizer: Fields): number {
  const { model, added_tokens: added } = tokenizer;
  if (!isRecord(model)) throw corruptTokenizer("tokenizer.json has no model");
  if (!Array.isArray(added)) throw corruptTokenizer("tokenizer.json has no list of added_tokens");
  const tokens: readonly unknown[] = added;
  let size = tokens.reduce<number>((largest, token) => Math.max(largest, checkAdded(token) + 1), 0);
  for (const id of vocabularyIds(model.vocab)) size = Math.max(size, checkId(id) + 1);
  if (size === 0) throw corruptTokenizer("tokenizer.json has an empty vocabulary");
  return size;
}

/** A unigram model lists its tokens in the order of their ids, the others name the id of each. */
function vocabularyIds(vocabulary: unknown): Iterable<unknown> {
  if (Array.isArray(vocabulary)) return vocabulary.length > 0 ? [vocabulary.length - 1] : [];
  if (isRecord(vocabulary)) return Object.values(vocabulary);
  throw corruptTokenizer("tokenizer.json has a model without vocab");
}

function checkAdded(token: unknown): number {
  if (!isRecord(token) || typeof token.content !== "string" || token.content === "")
    throw corruptTokenizer("tokenizer.json has an added token without content");
  return checkId(token.id);
}

function checkId(id: unknown): number {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < maxVocabulary) return id;
  throw corruptTokenizer(
    `tokenizer.json gives a token the id ${JSON.stringify(id)?.slice(0, 40)}, not a whole number below ${maxVocabulary}`,
  );
}
