import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import { type ChatMessage, chatTemplateOf, renderChat } from "./chat-template.ts";
import { type TextStream, textStream } from "./text-stream.ts";
import { corruptTokenizer, parseTokenizerFiles, type TokenizerFiles } from "./tokenizer-files.ts";

/** Text to token ids and back, as a checkpoint's files say. */
export interface Tokenizer {
  /** One more than the largest id that has a token. */
  readonly size: number;
  readonly hasChatTemplate: boolean;
  /** Ids of a text, with the special tokens that the model wants around it. Throws InvalidRequest for a text of more than 4 Mi characters or a character without a token. */
  encode(text: string): number[];
  /** Ids of a conversation through the chat template, up to where the answer begins. Throws InvalidRequest when there is no template or it refuses the messages, CorruptCheckpoint when it is broken. */
  encodeChat(messages: readonly ChatMessage[]): number[];
  /** The text of these ids without special tokens, spaced exactly as the tokens are. Throws InvalidRequest for an id outside the vocabulary. */
  decode(ids: readonly number[]): string;
  /**
   * Decodes ids one by one; the joined pieces are what `decode` gives for all of them. With `after`, the ids that stand
   * before (a prompt), the pieces continue its text: a space between the two is kept.
   */
  stream(after?: readonly number[]): TextStream;
}

const maxTextCharacters = 2 ** 22;

/** Opens a tokenizer from the contents of its files; `now` is for chat templates that tell the model the date. Throws CorruptCheckpoint, or UnsupportedModel for a part that isn't implemented. */
export function openTokenizer(files: TokenizerFiles, now = () => new Date()): Tokenizer {
  const { tokenizer, config, size } = parseTokenizerFiles(files);
  const library = guarded("tokenizer.json can't be used", () => new LibraryTokenizer(tokenizer, config));
  const template = chatTemplateOf(config, files.chatTemplate);
  const vocabularySize = files.vocabularySize ?? size;

  const encodeWith = (text: string, specials: boolean): number[] => {
    if (text.length > maxTextCharacters)
      throw new EdgeloomError(
        "InvalidRequest",
        `the text has ${text.length} characters, more than the ${maxTextCharacters} that are tokenized; shorten it`,
      );
    const { ids, tokens } = guarded("tokenizer.json can't encode text", () =>
      library.encode(text, { add_special_tokens: specials }),
    );
    for (const [position, id] of ids.entries()) checkEncoded(id, tokens[position] ?? "", vocabularySize);
    return ids;
  };
  const decode = (ids: readonly number[]): string => {
    const known = ids.filter((id) => library.id_to_token(checkId(id, vocabularySize)) !== undefined);
    if (known.length === 0) return "";
    const options = { skip_special_tokens: true, clean_up_tokenization_spaces: false };
    return guarded("tokenizer.json can't decode tokens", () => library.decode(known, options));
  };
  return {
    size,
    hasChatTemplate: template !== null,
    encode: (text) => encodeWith(text, true),
    encodeChat(messages) {
      if (template === null)
        throw new EdgeloomError(
          "InvalidRequest",
          "the model has no chat template; give a prompt instead of messages, or load a model that was tuned for chat",
        );
      return encodeWith(renderChat(template, messages, { config, now }), false);
    },
    decode,
    stream: (after = []) => textStream(decode, after),
  };
}

/** What the library throws is the files' fault: requests are checked before they reach it. */
function guarded<T>(failure: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.startsWith("Unknown"))
      throw new EdgeloomError(
        "UnsupportedModel",
        `tokenizer.json: ${message}; choose a checkpoint with another tokenizer`,
      );
    throw corruptTokenizer(`${failure} (${message})`);
  }
}

/** The library gives no id for a character that has neither a token nor a stand-in. */
function checkEncoded(id: number | undefined, token: string, vocabularySize: number): void {
  if (id === undefined)
    throw new EdgeloomError(
      "InvalidRequest",
      `the model's vocabulary has no token for ${JSON.stringify(token.slice(0, 40))}; leave it out of the text`,
    );
  if (id >= vocabularySize)
    throw corruptTokenizer(
      `tokenizer.json gives ${JSON.stringify(token.slice(0, 40))} the id ${id}, but the model has ${vocabularySize} tokens`,
    );
}

function checkId(id: number, vocabularySize: number): number {
  if (Number.isInteger(id) && id >= 0 && id < vocabularySize) return id;
  throw new EdgeloomError(
    "InvalidRequest",
    `${id} is no token id; ids are whole numbers from 0 to ${vocabularySize - 1}`,
  );
}
