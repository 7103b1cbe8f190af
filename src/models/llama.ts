import { gatedFamily } from "./gated-decoder.ts";

/** Llama 1–3.x and its look-alikes (SmolLM, TinyLlama …). */
export const llama = gatedFamily({
  modelType: "llama",
  tiedByDefault: false,
  variant(config) {
    const attentionBias = config.flag("attention_bias", false);
    return {
      queryKeyValueBias: attentionBias,
      outputBias: attentionBias,
      mlpBias: config.flag("mlp_bias", false),
      queryKeyNorm: false,
    };
  },
});
