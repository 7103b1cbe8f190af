import { gatedFamily } from "./gated-decoder.ts";
import { refuseSlidingWindow } from "./sliding-window.ts";

/** Qwen3 (dense): norms on the heads of queries and keys, and a head size of its own. */
export const qwen3 = gatedFamily({
  modelType: "qwen3",
  tiedByDefault: false,
  headDim: 128,
  variant(config) {
    refuseSlidingWindow(config);
    const bias = config.flag("attention_bias", false);
    return { queryKeyValueBias: bias, outputBias: bias, mlpBias: false, queryKeyNorm: true };
  },
});
