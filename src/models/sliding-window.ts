import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { ConfigReader } from "./config-reader.ts";

/** Refuses as UnsupportedModel attention that doesn't see every earlier position; a window as long as the context hides nothing. */
export function refuseSlidingWindow(config: ConfigReader): void {
  const window = config.raw("sliding_window");
  const switchedOff = config.raw("use_sliding_window") === false;
  const kinds = config.raw("layer_types");
  const context = config.integer("max_position_embeddings", { minimum: 1 });
  const slides = typeof window === "number" && window < context && !switchedOff;
  const mixed = Array.isArray(kinds) && kinds.some((kind) => kind !== "full_attention");
  if (slides || mixed || config.raw("use_sliding_window") === true)
    throw new EdgeloomError(
      "UnsupportedModel",
      `${config.family}: sliding-window attention (sliding_window ${JSON.stringify(window)}, context ${context}) is not implemented; choose a checkpoint without it`,
    );
}
