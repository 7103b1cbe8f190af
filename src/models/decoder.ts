import type { GraphBuilder, Value } from "../graph/builder.ts";

/** Bounds of what a configuration may ask for: each layer is built, and each frequency kept, on its word. */
export const mostLayers = 1024;
export const mostHeadDim = 4096;

/** Facts of a causal language model that the rest of Edgeloom needs; all sizes are counts. */
export interface DecoderShape {
  /** `model_type` of config.json. */
  readonly family: string;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  readonly heads: number;
  /** Key-value heads: each serves heads / kvHeads query heads. */
  readonly kvHeads: number;
  readonly headDim: number;
  /** Most positions a sequence may have. */
  readonly contextLength: number;
  /** Whether the head's weight is the embedding's. */
  readonly tied: boolean;
  /** Inverse frequencies of rotary embedding, in radians per position, headDim / 2 of them; null where positions are learned. */
  readonly inverseFrequencies: readonly number[] | null;
}

/** How attention is written: in standard operators, or as one fused operator where the device earned it. */
export type AttentionForm = "decomposed" | "fused";

/** What a layer may use of its slice's inputs besides the hidden states. */
export interface LayerContext {
  /** f32 [rows, headDim / 2] each; null where positions are learned. */
  readonly rotary: { readonly cos: Value; readonly sin: Value } | null;
  /** Additive, f32 [rows, past+rows]: 0, or so low that nothing is left; null in the fused form, which masks by itself. */
  readonly mask: Value | null;
  /** Lengths the fused operator asks for, i32 [1] each; null in the decomposed form. */
  readonly lengths: { readonly lastKey: Value; readonly total: Value } | null;
  /** Appends f32 [1, kvHeads, rows, headDim] to the layer's cache and gives past and present. */
  readonly cache: LayerCache;
}

export interface LayerCache {
  readonly pastKey: Value;
  readonly pastValue: Value;
  /** Declares what the layer's cache is after this step. */
  keep(presentKey: Value, presentValue: Value): void;
}

/** A model: its facts, and how each of its modules is written as a graph. Weights are named as in the checkpoint. */
export interface Decoder {
  readonly shape: DecoderShape;
  /** Gives f32 [rows, hiddenSize] for i32 [rows] ids, and positions where these are learned. */
  embed(graph: GraphBuilder, tokens: { readonly ids: Value; readonly positions: Value | null }): Value;
  layer(
    graph: GraphBuilder,
    index: number,
    io: { readonly hidden: Value; readonly context: LayerContext },
  ): Value;
  /** Final norm and head: f32 [taken, hiddenSize] to f32 [taken, vocabularySize]. */
  head(graph: GraphBuilder, hidden: Value): Value;
}

/** One row of the table of families. */
export interface Family {
  readonly modelType: string;
  /** Prefixes its tensor names may have; the one under which the embedding is found counts. */
  readonly prefixes: readonly string[];
  /** Name of the embedding's weight behind the prefix. */
  readonly embedding: string;
  decoder(config: Readonly<Record<string, unknown>>, prefix: string): Decoder;
}
