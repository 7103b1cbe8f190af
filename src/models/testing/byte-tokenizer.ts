/** Ids 0, 1, 2 and 3. */
const specials = ["<s>", "</s>", "<|user|>", "<|assistant|>"] as const;

const chatTemplate =
  "{{ bos_token }}{% for message in messages %}{% if message.role == 'assistant' %}<|assistant|>{{ message.content }}{{ eos_token }}" +
  "{% elif message.role == 'user' %}<|user|>{{ message.content }}{% else %}{{ raise_exception('no place for the role ' + message.role) }}{% endif %}{% endfor %}" +
  "{% if add_generation_prompt %}<|assistant|>{% endif %}";

/** From this vocabulary size on there is an id for every byte. */
export const smallestByteVocabulary = specials.length + 256;

/**
 * tokenizer.json and tokenizer_config.json of a byte-level BPE with exactly `size` tokens: the specials, the 256 bytes,
 * then merges of pairs of printable ASCII as far as they reach (260 + 94² = 9096 tokens). Every id has a token, so
 * whatever a random model says can be shown.
 */
export function byteTokenizer(
  size: number,
): Readonly<Record<"tokenizer.json" | "tokenizer_config.json", string>> {
  const merges = asciiPairs().slice(0, size - smallestByteVocabulary);
  const tokens = [...specials, ...byteCharacters(), ...merges.map(([first, second]) => first + second)];
  if (tokens.length !== size) throw new RangeError(`a byte tokenizer has 260 to 9096 tokens, not ${size}`);
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specials.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [
        { SpecialToken: { id: "<s>", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { Sequence: { id: "B", type_id: 1 } },
      ],
      special_tokens: { "<s>": { id: "<s>", ids: [0], tokens: ["<s>"] } },
    },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
  const config = {
    bos_token: "<s>",
    eos_token: "</s>",
    tokenizer_class: "PreTrainedTokenizerFast",
    chat_template: chatTemplate,
  };
  return { "tokenizer.json": JSON.stringify(tokenizer), "tokenizer_config.json": JSON.stringify(config) };
}

/** GPT-2's names of the bytes 0 to 255: printable Latin-1 stands for itself, the rest for 256, 257, … in order. */
function byteCharacters(): readonly string[] {
  const isPrintable = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

function asciiPairs(): readonly (readonly [string, string])[] {
  // Letters first, so that a small vocabulary shortens ordinary text.
  const letters = [..."etaoinshrdlucmfwypvbgkjqxz"];
  const others = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index)).filter(
    (char) => !letters.includes(char),
  );
  const all = [...letters, ...others];
  const pairs = all.flatMap((first, row) =>
    all.map((second, column) => ({ first, second, rank: Math.max(row, column) })),
  );
  return pairs.toSorted((a, b) => a.rank - b.rank).map(({ first, second }) => [first, second] as const);
}
