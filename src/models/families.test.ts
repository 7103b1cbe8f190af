import { describe, expect, test } from "vitest";
import { familyOf } from "./families.ts";
import { smallConfigs } from "./testing/small-configs.ts";

const names = ["llama", "mistral", "qwen2", "qwen3", "gpt2"] as const;
const decoder = (name: (typeof names)[number], changed: Readonly<Record<string, unknown>>) =>
  familyOf(name).decoder({ ...smallConfigs[name], ...changed }, "");

const refusal = (name: string, part: string) =>
  expect.objectContaining({ name, message: expect.stringContaining(part) });

test("a model_type without a row is refused with those that have one", () => {
  expect(() => familyOf("mamba")).toThrowError(
    refusal("UnsupportedModel", "llama, mistral, qwen2, qwen3, gpt2"),
  );
  expect(() => familyOf(undefined)).toThrowError(refusal("CorruptCheckpoint", "model_type"));
});

describe.each(names)("%s", (name) => {
  test("an option that nobody knows is refused by name, unless it is off", () => {
    expect(() => decoder(name, { attn_logit_softcapping: 50 })).toThrowError(
      refusal("UnsupportedModel", "attn_logit_softcapping"),
    );
    expect(() => decoder(name, { some_new_trick: false, other_trick: null })).not.toThrow();
  });

  test("a quantised checkpoint is refused", () => {
    expect(() => decoder(name, { quantization_config: { bits: 4 } })).toThrowError(
      refusal("UnsupportedModel", "quantization_config"),
    );
  });

  test("options that say nothing about the mathematics are passed over", () => {
    const neutral = {
      torch_dtype: "bfloat16",
      transformers_version: "5.0",
      use_cache: true,
      initializer_range: 0.02,
      _name_or_path: "x",
    };
    expect(() => decoder(name, neutral)).not.toThrow();
  });
});

const unsupported: readonly (readonly [(typeof names)[number], Readonly<Record<string, unknown>>, string])[] =
  [
    ["llama", { rope_scaling: { rope_type: "yarn", factor: 4 } }, "yarn"],
    ["llama", { rope_scaling: { type: "linear", factor: 4 } }, "linear"],
    ["llama", { rope_parameters: { rope_type: "dynamic", rope_theta: 1e4, factor: 2 } }, "dynamic"],
    ["llama", { partial_rotary_factor: 0.5 }, "partial_rotary_factor"],
    ["llama", { hidden_act: "gelu" }, "hidden_act"],
    ["mistral", { sliding_window: 8 }, "sliding"],
    ["qwen2", { use_sliding_window: true, sliding_window: 8 }, "sliding"],
    ["qwen3", { layer_types: ["full_attention", "sliding_attention", "full_attention"] }, "sliding"],
    ["gpt2", { activation_function: "relu" }, "activation_function"],
    ["gpt2", { scale_attn_by_inverse_layer_idx: true }, "scale_attn_by_inverse_layer_idx"],
    ["gpt2", { add_cross_attention: true }, "add_cross_attention"],
  ];
test.each(unsupported)("%s with %o is refused by name", (name, changed, part) => {
  expect(() => decoder(name, changed)).toThrowError(refusal("UnsupportedModel", part));
});

const contradictory: readonly (readonly [
  (typeof names)[number],
  Readonly<Record<string, unknown>>,
  string,
])[] = [
  ["llama", { hidden_size: -1 }, "hidden_size"],
  ["llama", { hidden_size: "64" }, "hidden_size"],
  ["llama", { num_key_value_heads: 3 }, "heads"],
  ["llama", { rms_norm_eps: Number.NaN }, "rms_norm_eps"],
  ["llama", { head_dim: 7 }, "even"],
  ["llama", { tie_word_embeddings: "yes" }, "tie_word_embeddings"],
  ["llama", { num_hidden_layers: 2 ** 31 }, "num_hidden_layers"],
  ["gpt2", { n_head: 7 }, "heads"],
];
test.each(contradictory)("%s with %o contradicts itself", (name, changed, part) => {
  expect(() => decoder(name, changed)).toThrowError(refusal("CorruptCheckpoint", part));
});

test("a window that hides nothing, or is switched off, is no sliding window", () => {
  expect(() => decoder("mistral", { sliding_window: 1e6 })).not.toThrow();
  expect(() =>
    decoder("qwen2", { use_sliding_window: false, sliding_window: 8, max_window_layers: 2 }),
  ).not.toThrow();
});
