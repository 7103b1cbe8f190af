import type { GraphBuilder, Value } from "../graph/builder.ts";

export interface LinearShape {
  /** Name of the weight and bias without `.weight` and `.bias`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly bias: boolean;
}

/** x·Wᵀ + b for f32 [rows, from], with the weight [to, from] as PyTorch's Linear stores it. */
export function linear(graph: GraphBuilder, x: Value, { name, from, to, bias }: LinearShape): Value {
  const inputs = [x, graph.weight(`${name}.weight`, "f32", [to, from])];
  if (bias) inputs.push(graph.weight(`${name}.bias`, "f32", [to]));
  return graph.op("Gemm", inputs, { transB: 1 });
}

/** x / √(mean(x²) + ε) · w over the last axis of `size` values (Zhang and Sennrich, RMSNorm). */
export function rmsNorm(
  graph: GraphBuilder,
  x: Value,
  norm: { readonly name: string; readonly size: number; readonly epsilon: number },
): Value {
  const weight = graph.weight(`${norm.name}.weight`, "f32", [norm.size]);
  return graph.op("RMSNormalization", [x, weight], { axis: -1, epsilon: { float: norm.epsilon } });
}
