import type { GraphBuilder, Value } from "../graph/builder.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { attention } from "./attention.ts";
import { type ConfigReader, readConfig } from "./config-reader.ts";
import type { Decoder, DecoderShape, Family, LayerContext } from "./decoder.ts";
import { mostLayers } from "./decoder.ts";

/** GPT-2: learned positions, LayerNorm, one projection for queries, keys and values, tanh-approximated GELU. */
export const gpt2: Family = {
  modelType: "gpt2",
  prefixes: ["transformer.", ""],
  embedding: "wte",
  decoder: (json, prefix) => gpt2Decoder(readConfig("gpt2", json), prefix),
};

interface Sizes extends DecoderShape {
  readonly mlpSize: number;
  readonly epsilon: number;
  readonly attentionScale: number;
}

function gpt2Decoder(config: ConfigReader, prefix: string): Decoder {
  const sizes = readSizes(config);
  config.oneOf("activation_function", ["gelu_new", "gelu_pytorch_tanh"], "gelu_new");
  config.mustBe("scale_attn_by_inverse_layer_idx", [false]);
  config.mustBe("add_cross_attention", [false]);
  config.mustBe("reorder_and_upcast_attn", [false, true]);
  config.mustBe("quantization_config", []);
  config.finish();
  const { hiddenSize, vocabularySize, contextLength, epsilon } = sizes;
  const embedding = (graph: GraphBuilder) =>
    graph.weight(`${prefix}wte.weight`, "f32", [vocabularySize, hiddenSize]);
  return {
    shape: sizes,
    embed(graph, { ids, positions }) {
      if (!positions) throw new Error("gpt2 needs positions");
      const places = graph.weight(`${prefix}wpe.weight`, "f32", [contextLength, hiddenSize]);
      return graph.op("Add", [
        graph.op("Gather", [embedding(graph), ids]),
        graph.op("Gather", [places, positions]),
      ]);
    },
    layer: (graph, index, { hidden, context }) =>
      layer({ graph, sizes, name: `${prefix}h.${index}` }, hidden, context),
    head(graph, hidden) {
      const x = layerNorm(graph, hidden, { name: `${prefix}ln_f`, size: hiddenSize, epsilon });
      const head = sizes.tied
        ? embedding(graph)
        : graph.weight("lm_head.weight", "f32", [vocabularySize, hiddenSize]);
      return graph.op("Gemm", [x, head], { transB: 1 });
    },
  };
}

function readSizes(config: ConfigReader): Sizes {
  const hiddenSize = config.integer("n_embd", { minimum: 1 });
  const heads = config.integer("n_head", { minimum: 1 });
  if (hiddenSize % heads !== 0)
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `config.json: n_embd ${hiddenSize} can't be cut into ${heads} heads`,
    );
  return {
    family: "gpt2",
    layers: config.integer("n_layer", { minimum: 1, maximum: mostLayers }),
    hiddenSize,
    vocabularySize: config.integer("vocab_size", { minimum: 1 }),
    heads,
    kvHeads: heads,
    headDim: hiddenSize / heads,
    contextLength: config.integer("n_positions", { minimum: 1 }),
    tied: config.flag("tie_word_embeddings", true),
    inverseFrequencies: null,
    mlpSize: config.integer("n_inner", { minimum: 1, fallback: 4 * hiddenSize }),
    epsilon: config.positive("layer_norm_epsilon", 1e-5),
    attentionScale: config.flag("scale_attn_weights", true) ? 1 / Math.sqrt(hiddenSize / heads) : 1,
  };
}

interface LayerSite {
  readonly graph: GraphBuilder;
  readonly sizes: Sizes;
  readonly name: string;
}

function layer({ graph, sizes, name }: LayerSite, hidden: Value, context: LayerContext): Value {
  const { hiddenSize, mlpSize, heads, headDim, epsilon } = sizes;
  const norm = (x: Value, which: string) =>
    layerNorm(graph, x, { name: `${name}.${which}`, size: hiddenSize, epsilon });
  const projections = conv1d(graph, norm(hidden, "ln_1"), {
    name: `${name}.attn.c_attn`,
    from: hiddenSize,
    to: 3 * hiddenSize,
  });
  const parts = graph.ops("Split", [projections], { axis: -1, num_outputs: 3 }, 3);
  const [query, key, value] = parts.map((part) =>
    graph.op("Reshape", [part, graph.ints([0, heads, headDim])]),
  );
  if (!query || !key || !value) throw new Error("Split gave fewer than three outputs");
  const mixed = attention(graph, sizes, {
    projected: { query, key, value },
    scale: sizes.attentionScale,
    context,
  });
  const attended = graph.op("Add", [
    hidden,
    conv1d(graph, mixed, { name: `${name}.attn.c_proj`, from: hiddenSize, to: hiddenSize }),
  ]);
  const inner = conv1d(graph, norm(attended, "ln_2"), {
    name: `${name}.mlp.c_fc`,
    from: hiddenSize,
    to: mlpSize,
  });
  const active = graph.op("Gelu", [inner], { approximate: "tanh" });
  return graph.op("Add", [
    attended,
    conv1d(graph, active, { name: `${name}.mlp.c_proj`, from: mlpSize, to: hiddenSize }),
  ]);
}

/** x·W + b with the weight [from, to], as GPT-2's Conv1D stores it. */
function conv1d(
  graph: GraphBuilder,
  x: Value,
  { name, from, to }: { readonly name: string; readonly from: number; readonly to: number },
): Value {
  return graph.op("Gemm", [
    x,
    graph.weight(`${name}.weight`, "f32", [from, to]),
    graph.weight(`${name}.bias`, "f32", [to]),
  ]);
}

function layerNorm(
  graph: GraphBuilder,
  x: Value,
  norm: { readonly name: string; readonly size: number; readonly epsilon: number },
): Value {
  const weight = graph.weight(`${norm.name}.weight`, "f32", [norm.size]);
  const bias = graph.weight(`${norm.name}.bias`, "f32", [norm.size]);
  return graph.op("LayerNormalization", [x, weight, bias], { axis: -1, epsilon: { float: norm.epsilon } });
}
