import { embedTokens, logitsOf } from "./reference-embedding.ts";
import { gatedDecoder } from "./reference-gated-decoder.ts";
import { gpt2Decoder } from "./reference-gpt2.ts";
import { type Options, optionsOf, type ReferenceWeights } from "./reference-inputs.ts";
import { lastRows, type Matrix } from "./reference-matrix.ts";

/** From embedded tokens to what the head reads, both [positions, width]. */
type Layers = (options: Options, weights: ReferenceWeights, embedded: Matrix) => Matrix;

const families: ReadonlyMap<unknown, Layers> = new Map([
  ["llama", gatedDecoder],
  ["mistral", gatedDecoder],
  ["qwen2", gatedDecoder],
  ["qwen3", gatedDecoder],
  ["gpt2", gpt2Decoder],
]);

/**
 * Logits [ids.length × vocabulary], row-major, of a Hugging Face causal language model in float64: the oracle that built
 * graphs are compared with. It shares no code with them and knows neither slices nor caches: every call computes the
 * whole sequence from the published equations. `config` is the JSON of config.json; `weights` have the checkpoint's names.
 */
export function referenceLogits(
  config: unknown,
  weights: ReferenceWeights,
  ids: readonly number[],
): Float64Array {
  return logitsOf(optionsOf(config), weights, finalHidden({ config, weights }, ids)).data;
}

export interface ReferenceModel {
  readonly config: unknown;
  readonly weights: ReferenceWeights;
}

/** The `count` most likely next tokens, one after the other, each from the whole sequence computed anew; the lowest id wins a tie. */
export function referenceGreedy(model: ReferenceModel, prompt: readonly number[], count: number): number[] {
  const ids = [...prompt];
  while (ids.length < prompt.length + count) {
    const last = lastRows(finalHidden(model, ids), 1);
    const { data } = logitsOf(optionsOf(model.config), model.weights, last);
    ids.push(data.indexOf(data.reduce((largest, value) => Math.max(largest, value))));
  }
  return ids.slice(prompt.length);
}

function finalHidden({ config, weights }: ReferenceModel, ids: readonly number[]): Matrix {
  const options = optionsOf(config);
  const layers = families.get(options.model_type);
  if (!layers) throw new RangeError(`the reference has no family ${String(options.model_type)}`);
  return layers(options, weights, embedTokens(options, weights, ids));
}
