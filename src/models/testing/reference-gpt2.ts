import { causalAttention } from "./reference-attention.ts";
import {
  flagOption,
  numberOption,
  type Options,
  type ReferenceWeights,
  weightOf,
} from "./reference-inputs.ts";
import { add, columnsOf, linear, type Matrix, mapRows, mapValues, transposed } from "./reference-matrix.ts";
import { layerNorm } from "./reference-norms.ts";

/** The original checkpoint names its tensors without this prefix, everything saved since with it. */
export const gpt2Prefix = (weights: ReferenceWeights): string =>
  weights.has("wte.weight") ? "" : "transformer.";

/** GPT-2: learned positions, pre-norm layers of multi-head attention and a GELU MLP, then a final LayerNorm. */
export function gpt2Decoder(options: Options, weights: ReferenceWeights, embedded: Matrix): Matrix {
  const site = { options, weights };
  const prefix = gpt2Prefix(weights);
  const positions = weightOf(weights, `${prefix}wpe.weight`, [
    numberOption(options, "n_positions", 1024),
    embedded.columns,
  ]);
  let x = mapRows(embedded, embedded.columns, (row, position) =>
    row.map((value, index) => value + positions[position * row.length + index]!),
  );
  for (let layer = 0; layer < numberOption(options, "n_layer"); layer++) {
    const at = `${prefix}h.${layer}`;
    x = add(x, attention(site, { at, layer }, normed(site, `${at}.ln_1`, x)));
    x = add(x, mlp(site, `${at}.mlp`, normed(site, `${at}.ln_2`, x)));
  }
  return normed(site, `${prefix}ln_f`, x);
}

interface Site {
  readonly options: Options;
  readonly weights: ReferenceWeights;
}

function attention(
  site: Site,
  { at, layer }: { readonly at: string; readonly layer: number },
  x: Matrix,
): Matrix {
  const { columns } = x;
  const headDim = columns / numberOption(site.options, "n_head");
  const fused = conv1d(site, `${at}.attn.c_attn`, { x, outputs: 3 * columns });
  const byDim = flagOption(site.options, "scale_attn_weights", true) ? 1 / Math.sqrt(headDim) : 1;
  const byLayer = flagOption(site.options, "scale_attn_by_inverse_layer_idx", false) ? 1 / (layer + 1) : 1;
  const mixed = causalAttention({
    queries: columnsOf(fused, 0, columns),
    keys: columnsOf(fused, columns, 2 * columns),
    values: columnsOf(fused, 2 * columns, 3 * columns),
    headDim,
    scale: byDim * byLayer,
  });
  return conv1d(site, `${at}.attn.c_proj`, { x: mixed, outputs: columns });
}

function mlp(site: Site, at: string, x: Matrix): Matrix {
  const wide = conv1d(site, `${at}.c_fc`, {
    x,
    outputs: numberOption(site.options, "n_inner", 4 * x.columns),
  });
  return conv1d(site, `${at}.c_proj`, { x: mapValues(wide, geluNew), outputs: x.columns });
}

/** GELU by tanh (Hendrycks and Gimpel, 2016), which Hugging Face calls gelu_new. */
const geluNew = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

function normed({ options, weights }: Site, name: string, x: Matrix): Matrix {
  const affine = {
    gamma: weightOf(weights, `${name}.weight`, [x.columns]),
    beta: weightOf(weights, `${name}.bias`, [x.columns]),
  };
  const epsilon = numberOption(options, "layer_norm_epsilon", 1e-5);
  return mapRows(x, x.columns, (row) => layerNorm(row, affine, epsilon));
}

/** x · W + b with W [in, out]. */
function conv1d(
  { weights }: Site,
  name: string,
  { x, outputs }: { readonly x: Matrix; readonly outputs: number },
): Matrix {
  const weight = weightOf(weights, `${name}.weight`, [x.columns, outputs]);
  return linear(x, transposed(weight, x.columns, outputs), weightOf(weights, `${name}.bias`, [outputs]));
}
