import { gpt2Prefix } from "./reference-gpt2.ts";
import {
  flagOption,
  numberOption,
  type Options,
  type ReferenceWeights,
  weightOf,
} from "./reference-inputs.ts";
import { linear, type Matrix, mapRows, zeros } from "./reference-matrix.ts";

/** The embedding's rows of these tokens. */
export function embedTokens(options: Options, weights: ReferenceWeights, ids: readonly number[]): Matrix {
  const { table, vocabulary, width } = embedding(options, weights);
  return mapRows(zeros(ids.length, width), width, (_, position) => {
    const id = ids[position]!;
    if (!(id >= 0 && id < vocabulary))
      throw new RangeError(`token id ${id} of a vocabulary of ${vocabulary}`);
    return table.subarray(id * width, (id + 1) * width);
  });
}

/** The head, which is the embedding itself where the two are tied. */
export function logitsOf(options: Options, weights: ReferenceWeights, normed: Matrix): Matrix {
  const { table, vocabulary, width } = embedding(options, weights);
  const tied = flagOption(options, "tie_word_embeddings", options.model_type === "gpt2");
  return linear(normed, tied ? table : weightOf(weights, "lm_head.weight", [vocabulary, width]), null);
}

function embedding(options: Options, weights: ReferenceWeights) {
  const gpt2 = options.model_type === "gpt2";
  const name = gpt2 ? `${gpt2Prefix(weights)}wte.weight` : "model.embed_tokens.weight";
  const vocabulary = numberOption(options, "vocab_size");
  const width = numberOption(options, gpt2 ? "n_embd" : "hidden_size");
  return { table: weightOf(weights, name, [vocabulary, width]), vocabulary, width };
}
