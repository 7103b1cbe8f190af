import { gatedFamily } from "./gated-decoder.ts";
import { refuseSlidingWindow } from "./sliding-window.ts";

/** Mistral 7B and later ones without a sliding window. */
export const mistral = gatedFamily({
  modelType: "mistral",
  tiedByDefault: false,
  variant(config) {
    refuseSlidingWindow(config);
    return { queryKeyValueBias: false, outputBias: false, mlpBias: false, queryKeyNorm: false };
  },
});
