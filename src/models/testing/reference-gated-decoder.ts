import { causalAttention } from "./reference-attention.ts";
import {
  flagOption,
  numberOption,
  type Options,
  type ReferenceWeights,
  weightOf,
} from "./reference-inputs.ts";
import { add, combine, linear, type Matrix, mapRows, mapValues } from "./reference-matrix.ts";
import { rmsNorm } from "./reference-norms.ts";
import { rotaryFrequencies, rotate } from "./reference-rotary.ts";

/** What a Llama-like configuration implies; the families differ in their defaults and in where biases and norms sit. */
interface Plan {
  readonly weights: ReferenceWeights;
  readonly hidden: number;
  readonly mlp: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly epsilon: number;
  readonly frequencies: readonly number[];
  readonly queryBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  readonly headNorms: boolean;
}

/** Llama, Mistral, Qwen2 and Qwen3: pre-norm layers of rotary grouped-query attention and a gated MLP, then a final norm. */
export function gatedDecoder(options: Options, weights: ReferenceWeights, embedded: Matrix): Matrix {
  const plan = planOf(options, weights);
  let x = embedded;
  for (let layer = 0; layer < numberOption(options, "num_hidden_layers"); layer++) {
    const at = `model.layers.${layer}`;
    x = add(x, attention(plan, `${at}.self_attn`, normed(plan, `${at}.input_layernorm.weight`, x)));
    x = add(x, gatedMlp(plan, `${at}.mlp`, normed(plan, `${at}.post_attention_layernorm.weight`, x)));
  }
  return normed(plan, "model.norm.weight", x);
}

/** Defaults are those of Hugging Face's configuration classes. */
function planOf(options: Options, weights: ReferenceWeights): Plan {
  const family = options.model_type;
  const hidden = numberOption(options, "hidden_size");
  const heads = numberOption(options, "num_attention_heads");
  const headDim = numberOption(options, "head_dim", family === "qwen3" ? 128 : hidden / heads);
  const attentionBias = flagOption(options, "attention_bias", false);
  return {
    weights,
    hidden,
    mlp: numberOption(options, "intermediate_size"),
    heads,
    kvHeads: numberOption(options, "num_key_value_heads", family === "mistral" ? 8 : heads),
    headDim,
    epsilon: numberOption(options, "rms_norm_eps", 1e-6),
    frequencies: rotaryFrequencies(options, headDim),
    queryBias: family === "qwen2" || (family !== "mistral" && attentionBias),
    outputBias: (family === "llama" || family === "qwen3") && attentionBias,
    mlpBias: family === "llama" && flagOption(options, "mlp_bias", false),
    headNorms: family === "qwen3",
  };
}

function attention(plan: Plan, at: string, x: Matrix): Matrix {
  const { heads, kvHeads, headDim, queryBias, frequencies } = plan;
  const project = (name: string, count: number) =>
    projected(plan, x, { name: `${at}.${name}`, outputs: count * headDim, bias: queryBias });
  const turned = (name: string, count: number) =>
    rotate(headNormed(plan, `${at}.${name}_norm.weight`, project(`${name}_proj`, count)), frequencies);
  const mixed = causalAttention({
    queries: turned("q", heads),
    keys: turned("k", kvHeads),
    values: project("v_proj", kvHeads),
    headDim,
    scale: 1 / Math.sqrt(headDim),
  });
  return projected(plan, mixed, { name: `${at}.o_proj`, outputs: plan.hidden, bias: plan.outputBias });
}

function gatedMlp(plan: Plan, at: string, x: Matrix): Matrix {
  const widen = (name: string) =>
    projected(plan, x, { name: `${at}.${name}`, outputs: plan.mlp, bias: plan.mlpBias });
  const gated = combine(mapValues(widen("gate_proj"), silu), widen("up_proj"), (gate, up) => gate * up);
  return projected(plan, gated, { name: `${at}.down_proj`, outputs: plan.hidden, bias: plan.mlpBias });
}

const silu = (x: number): number => x / (1 + Math.exp(-x));

function normed(plan: Plan, name: string, x: Matrix): Matrix {
  const gamma = weightOf(plan.weights, name, [x.columns]);
  return mapRows(x, x.columns, (row) => rmsNorm(row, gamma, plan.epsilon));
}

/** Qwen3 norms every head of queries and keys by itself, before they turn. */
function headNormed(plan: Plan, name: string, x: Matrix): Matrix {
  if (!plan.headNorms) return x;
  const heads = { rows: (x.rows * x.columns) / plan.headDim, columns: plan.headDim, data: x.data };
  return { ...x, data: normed(plan, name, heads).data };
}

interface Projection {
  readonly name: string;
  readonly outputs: number;
  readonly bias: boolean;
}

function projected({ weights }: Plan, x: Matrix, { name, outputs, bias }: Projection): Matrix {
  const weight = weightOf(weights, `${name}.weight`, [outputs, x.columns]);
  return linear(x, weight, bias ? weightOf(weights, `${name}.bias`, [outputs]) : null);
}
