import type { Spread } from "./random-values.ts";
import { flagOption, numberOption, type Options } from "./reference-inputs.ts";

/** One tensor of a checkpoint, as it is drawn. */
export interface ListedWeight extends Spread {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The tensors that Hugging Face saves for this configuration. Their spreads keep hidden states and logits near 1, so
 * that the next token is no toss-up and a wrong turn anywhere shows. What attention projects is drawn wider: attention that
 * picks some positions over others makes text depend on order, where an even one falls into repeating a token.
 */
export const weightList = (options: Options, prefix: string): readonly ListedWeight[] =>
  options.model_type === "gpt2" ? gpt2Weights(options, prefix) : gatedWeights(options);

function gatedWeights(options: Options): readonly ListedWeight[] {
  const hidden = numberOption(options, "hidden_size");
  const vocabulary = numberOption(options, "vocab_size");
  const table = (name: string, deviation: number) => ({
    name,
    shape: [vocabulary, hidden],
    mean: 0,
    deviation,
  });
  const layers = Array.from({ length: numberOption(options, "num_hidden_layers") }, (_, layer) =>
    gatedLayer(options, hidden, `model.layers.${layer}`),
  );
  const tied = flagOption(options, "tie_word_embeddings", false);
  return [
    // A tied table as wide as its head wants it.
    table("model.embed_tokens.weight", tied ? 1 / Math.sqrt(hidden) : 1),
    ...layers.flat(),
    { ...gain("model.norm.weight", hidden), ...(tied ? evenSigns : {}) },
    ...(tied ? [] : [table("lm_head.weight", 1 / Math.sqrt(hidden))]),
  ];
}

function gatedLayer(options: Options, hidden: number, at: string): readonly ListedWeight[] {
  const family = options.model_type;
  const heads = numberOption(options, "num_attention_heads");
  const headDim = numberOption(options, "head_dim", hidden / heads);
  const kv = numberOption(options, "num_key_value_heads") * headDim;
  const mlp = numberOption(options, "intermediate_size");
  const attentionBias = flagOption(options, "attention_bias", false);
  const mlpBias = flagOption(options, "mlp_bias", false);
  const linear = (
    name: string,
    [outputs, inputs]: readonly [number, number],
    bias: boolean,
  ): ListedWeight[] => [
    matrix(`${at}.${name}.weight`, [outputs, inputs], inputs / widening(name)),
    ...(bias ? [offset(`${at}.${name}.bias`, outputs)] : []),
  ];
  const queryBias = attentionBias || family === "qwen2";
  return [
    gain(`${at}.input_layernorm.weight`, hidden),
    ...linear("self_attn.q_proj", [heads * headDim, hidden], queryBias),
    ...linear("self_attn.k_proj", [kv, hidden], queryBias),
    ...linear("self_attn.v_proj", [kv, hidden], queryBias),
    ...linear("self_attn.o_proj", [hidden, heads * headDim], attentionBias),
    ...(family === "qwen3" ? ["q_norm", "k_norm"] : []).map((norm) => ({
      ...gain(`${at}.self_attn.${norm}.weight`, headDim),
      mean: 2,
    })),
    gain(`${at}.post_attention_layernorm.weight`, hidden),
    ...linear("mlp.gate_proj", [mlp, hidden], mlpBias),
    ...linear("mlp.up_proj", [mlp, hidden], mlpBias),
    ...linear("mlp.down_proj", [hidden, mlp], mlpBias),
  ];
}

function gpt2Weights(options: Options, prefix: string): readonly ListedWeight[] {
  const width = numberOption(options, "n_embd");
  const deviation = 1 / Math.sqrt(width);
  const layers = Array.from({ length: numberOption(options, "n_layer") }, (_, layer) =>
    gpt2Layer(`${prefix}h.${layer}`, width, numberOption(options, "n_inner", 4 * width)),
  );
  return [
    { name: `${prefix}wte.weight`, shape: [numberOption(options, "vocab_size"), width], mean: 0, deviation },
    {
      name: `${prefix}wpe.weight`,
      shape: [numberOption(options, "n_positions"), width],
      mean: 0,
      deviation: 3 * deviation,
    },
    ...layers.flat(),
    ...(prefix === "" ? maskBuffers(options) : []),
    { ...gain(`${prefix}ln_f.weight`, width), ...evenSigns },
    offset(`${prefix}ln_f.bias`, width),
  ];
}

/** The original checkpoint also holds every layer's causal mask, which no reader needs; here they are ones. */
function maskBuffers(options: Options): readonly ListedWeight[] {
  const positions = numberOption(options, "n_positions");
  return Array.from({ length: numberOption(options, "n_layer") }, (_, layer) => ({
    name: `h.${layer}.attn.bias`,
    shape: [1, 1, positions, positions],
    mean: 1,
    deviation: 0,
  }));
}

function gpt2Layer(at: string, width: number, inner: number): readonly ListedWeight[] {
  const norm = (name: string) => [gain(`${at}.${name}.weight`, width), offset(`${at}.${name}.bias`, width)];
  const conv1d = (name: string, inputs: number, outputs: number) => [
    matrix(`${at}.${name}.weight`, [inputs, outputs], inputs / widening(name)),
    offset(`${at}.${name}.bias`, outputs),
  ];
  return [
    ...norm("ln_1"),
    ...conv1d("attn.c_attn", width, 3 * width),
    ...conv1d("attn.c_proj", width, width),
    ...norm("ln_2"),
    ...conv1d("mlp.c_fc", width, inner),
    ...conv1d("mlp.c_proj", inner, width),
  ];
}

/** Times the usual variance. */
const widening = (name: string): number => (/q_proj|k_proj|v_proj|c_attn/.test(name) ? 4 : 1);

const matrix = (name: string, shape: readonly number[], inputs: number): ListedWeight => ({
  name,
  shape,
  mean: 0,
  deviation: 1 / Math.sqrt(inputs),
});
/** Before a tied head, gains of both signs: with positive ones every token would foretell itself. */
const evenSigns: Spread = { mean: 0, deviation: 1 };
const gain = (name: string, size: number): ListedWeight => ({ name, shape: [size], mean: 1, deviation: 0.2 });
const offset = (name: string, size: number): ListedWeight => ({
  name,
  shape: [size],
  mean: 0,
  deviation: 0.3,
});
