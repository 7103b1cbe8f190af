export type FamilyName = "llama" | "mistral" | "qwen2" | "qwen3" | "gpt2";

/** What is written to config.json. */
export interface Config extends Readonly<Record<string, unknown>> {
  readonly bos_token_id?: number;
  readonly eos_token_id?: number;
}

const shared: Config = { vocab_size: 97, bos_token_id: 0, eos_token_id: 1 };

const gated: Config = {
  ...shared,
  num_hidden_layers: 3,
  hidden_act: "silu",
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: false,
};

/** A small model of every family, none with the same proportions: each would show another slip of shapes. */
export const smallConfigs: Readonly<Record<FamilyName, Config>> = {
  llama: {
    ...gated,
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: 64,
    intermediate_size: 112,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    attention_bias: false,
    mlp_bias: false,
  },
  mistral: {
    ...gated,
    architectures: ["MistralForCausalLM"],
    model_type: "mistral",
    hidden_size: 48,
    intermediate_size: 80,
    num_attention_heads: 4,
    num_key_value_heads: 1,
    head_dim: 32,
    sliding_window: null,
  },
  qwen2: {
    ...gated,
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    hidden_size: 48,
    intermediate_size: 96,
    num_attention_heads: 6,
    num_key_value_heads: 2,
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    tie_word_embeddings: true,
    use_sliding_window: false,
  },
  qwen3: {
    ...gated,
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    num_hidden_layers: 4,
    hidden_size: 40,
    intermediate_size: 72,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 16,
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    tie_word_embeddings: true,
    attention_bias: false,
  },
  gpt2: {
    ...shared,
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    n_layer: 3,
    n_embd: 48,
    n_head: 4,
    n_positions: 128,
    n_ctx: 128,
    n_inner: null,
    activation_function: "gelu_new",
    layer_norm_epsilon: 1e-5,
    scale_attn_weights: true,
  },
};

/** Options that change what a family computes, each worth a checkpoint of its own. */
export const configVariants: readonly {
  readonly name: string;
  readonly family: FamilyName;
  readonly config: Config;
}[] = [
  { name: "llama", family: "llama", config: {} },
  { name: "llama, tied", family: "llama", config: { tie_word_embeddings: true } },
  { name: "llama, biases", family: "llama", config: { attention_bias: true, mlp_bias: true } },
  { name: "llama, own head_dim", family: "llama", config: { head_dim: 24 } },
  {
    name: "llama, rope_scaling llama3",
    family: "llama",
    config: {
      num_key_value_heads: 4,
      rope_theta: 500,
      rope_scaling: {
        rope_type: "llama3",
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 64,
      },
    },
  },
  { name: "mistral", family: "mistral", config: {} },
  { name: "qwen2", family: "qwen2", config: {} },
  { name: "qwen2, untied", family: "qwen2", config: { tie_word_embeddings: false } },
  { name: "qwen3", family: "qwen3", config: {} },
  {
    name: "qwen3, biases, untied",
    family: "qwen3",
    config: { attention_bias: true, tie_word_embeddings: false },
  },
  { name: "gpt2", family: "gpt2", config: {} },
  { name: "gpt2, n_inner, unscaled", family: "gpt2", config: { n_inner: 80, scale_attn_weights: false } },
];

/** SmolLM2-135M's shape with a smaller vocabulary: 110 M parameters. Use as overrides of the family "llama". */
export const smolShape: Config = {
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: 8192,
  max_position_embeddings: 2048,
  rope_theta: 100_000,
  tie_word_embeddings: true,
};
