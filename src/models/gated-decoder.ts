import type { GraphBuilder, Value } from "../graph/builder.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { attention } from "./attention.ts";
import { type ConfigReader, readConfig } from "./config-reader.ts";
import type { Decoder, DecoderShape, Family, LayerContext } from "./decoder.ts";
import { mostHeadDim, mostLayers } from "./decoder.ts";
import { linear, rmsNorm } from "./linear.ts";
import { inverseFrequencies, rotate } from "./rotary.ts";

/** What tells the families of the Llama line apart. */
interface Variant {
  readonly queryKeyValueBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** RMSNorm on each head of queries and keys before rotation. */
  readonly queryKeyNorm: boolean;
}

/** Describes a family of the Llama line: what of the configuration its variant depends on. */
export interface GatedFamily {
  readonly modelType: string;
  readonly tiedByDefault: boolean;
  variant(config: ConfigReader): Variant;
  /** When config.json names no head_dim; by default hidden_size / heads. */
  readonly headDim?: number;
}

/** Decoders with RMSNorm, rotary grouped-query attention and a SiLU-gated MLP: Llama, Mistral, Qwen2, Qwen3. */
export function gatedFamily(family: GatedFamily): Family {
  return {
    modelType: family.modelType,
    prefixes: ["model.", ""],
    embedding: "embed_tokens",
    decoder: (json, prefix) => gatedDecoder(family, readConfig(family.modelType, json), prefix),
  };
}

interface Sizes extends DecoderShape {
  readonly mlpSize: number;
  readonly epsilon: number;
}

function gatedDecoder(family: GatedFamily, config: ConfigReader, prefix: string): Decoder {
  const variant = family.variant(config);
  const sizes = readSizes(family, config);
  config.oneOf("hidden_act", ["silu", "swish"], "silu");
  config.mustBe("quantization_config", []);
  config.finish();
  const embedding = (graph: GraphBuilder) =>
    graph.weight(`${prefix}embed_tokens.weight`, "f32", [sizes.vocabularySize, sizes.hiddenSize]);
  return {
    shape: sizes,
    embed: (graph, { ids }) => graph.op("Gather", [embedding(graph), ids], { axis: 0 }),
    layer: (graph, index, { hidden, context }) =>
      layer({ graph, sizes, variant, name: `${prefix}layers.${index}` }, hidden, context),
    head(graph, hidden) {
      const x = rmsNorm(graph, hidden, {
        name: `${prefix}norm`,
        size: sizes.hiddenSize,
        epsilon: sizes.epsilon,
      });
      if (sizes.tied) return graph.op("Gemm", [x, embedding(graph)], { transB: 1 });
      return linear(graph, x, {
        name: "lm_head",
        from: sizes.hiddenSize,
        to: sizes.vocabularySize,
        bias: false,
      });
    },
  };
}

function readSizes(family: GatedFamily, config: ConfigReader): Sizes {
  const hiddenSize = config.integer("hidden_size", { minimum: 1 });
  const heads = config.integer("num_attention_heads", { minimum: 1 });
  const kvHeads = config.integer("num_key_value_heads", { minimum: 1, fallback: heads });
  const headDim = config.integer("head_dim", {
    minimum: 2,
    maximum: mostHeadDim,
    fallback: family.headDim ?? hiddenSize / heads,
  });
  if (heads % kvHeads !== 0)
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `config.json: ${heads} heads can't share ${kvHeads} key-value heads evenly`,
    );
  return {
    family: family.modelType,
    layers: config.integer("num_hidden_layers", { minimum: 1, maximum: mostLayers }),
    hiddenSize,
    vocabularySize: config.integer("vocab_size", { minimum: 1 }),
    heads,
    kvHeads,
    headDim,
    contextLength: config.integer("max_position_embeddings", { minimum: 1 }),
    tied: config.flag("tie_word_embeddings", family.tiedByDefault),
    inverseFrequencies: inverseFrequencies(config, headDim),
    mlpSize: config.integer("intermediate_size", { minimum: 1 }),
    epsilon: config.positive("rms_norm_eps", 1e-6),
  };
}

interface LayerSite {
  readonly graph: GraphBuilder;
  readonly sizes: Sizes;
  readonly variant: Variant;
  /** Prefix of the layer's weights. */
  readonly name: string;
}

function layer(site: LayerSite, hidden: Value, context: LayerContext): Value {
  const { graph, sizes, name } = site;
  const norm = (x: Value, which: string) =>
    rmsNorm(graph, x, { name: `${name}.${which}`, size: sizes.hiddenSize, epsilon: sizes.epsilon });
  const attended = graph.op("Add", [hidden, selfAttention(site, norm(hidden, "input_layernorm"), context)]);
  return graph.op("Add", [attended, gatedMlp(site, norm(attended, "post_attention_layernorm"))]);
}

function selfAttention({ graph, sizes, variant, name }: LayerSite, x: Value, context: LayerContext): Value {
  const { heads, kvHeads, headDim, hiddenSize } = sizes;
  const project = (which: string, count: number) => {
    const shape = {
      name: `${name}.self_attn.${which}_proj`,
      from: hiddenSize,
      to: count * headDim,
      bias: variant.queryKeyValueBias,
    };
    return graph.op("Reshape", [linear(graph, x, shape), graph.ints([0, count, headDim])]);
  };
  const turned = (which: string, count: number) => {
    const plain = project(which, count);
    const norm = { name: `${name}.self_attn.${which}_norm`, size: headDim, epsilon: sizes.epsilon };
    const normed = variant.queryKeyNorm ? rmsNorm(graph, plain, norm) : plain;
    if (!context.rotary) throw new Error(`${sizes.family} needs rotary angles`);
    return rotate(graph, normed, context.rotary);
  };
  const projected = { query: turned("q", heads), key: turned("k", kvHeads), value: project("v", kvHeads) };
  const mixed = attention(graph, sizes, { projected, scale: 1 / Math.sqrt(headDim), context });
  return linear(graph, mixed, {
    name: `${name}.self_attn.o_proj`,
    from: heads * headDim,
    to: hiddenSize,
    bias: variant.outputBias,
  });
}

function gatedMlp({ graph, sizes, variant, name }: LayerSite, x: Value): Value {
  const { hiddenSize, mlpSize } = sizes;
  const up = (which: string) =>
    linear(graph, x, {
      name: `${name}.mlp.${which}_proj`,
      from: hiddenSize,
      to: mlpSize,
      bias: variant.mlpBias,
    });
  const gate = up("gate");
  const silu = graph.op("Mul", [gate, graph.op("Sigmoid", [gate])]);
  const inner = graph.op("Mul", [silu, up("up")]);
  return linear(graph, inner, {
    name: `${name}.mlp.down_proj`,
    from: mlpSize,
    to: hiddenSize,
    bias: variant.mlpBias,
  });
}
