import { gatedFamily } from "./gated-decoder.ts";
import { refuseSlidingWindow } from "./sliding-window.ts";

/** Qwen2 and Qwen2.5: biases on queries, keys and values. */
export const qwen2 = gatedFamily({
  modelType: "qwen2",
  tiedByDefault: false,
  variant(config) {
    refuseSlidingWindow(config);
    return { queryKeyValueBias: true, outputBias: false, mlpBias: false, queryKeyNorm: false };
  },
});
