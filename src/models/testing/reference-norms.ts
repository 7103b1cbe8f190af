/** x / √(mean(x²) + ε) · γ (Zhang and Sennrich, 2019). */
export function rmsNorm(x: Float64Array, gamma: Float64Array, epsilon: number): Float64Array {
  const scale = 1 / Math.sqrt(mean(x.map((value) => value * value)) + epsilon);
  return x.map((value, index) => value * scale * gamma[index]!);
}

/** (x − mean) / √(variance + ε) · γ + β (Ba, Kiros and Hinton, 2016); the variance is the biased one. */
export function layerNorm(
  x: Float64Array,
  affine: { readonly gamma: Float64Array; readonly beta: Float64Array },
  epsilon: number,
): Float64Array {
  const centre = mean(x);
  const centred = x.map((value) => value - centre);
  const scale = 1 / Math.sqrt(mean(centred.map((value) => value * value)) + epsilon);
  return centred.map((value, index) => value * scale * affine.gamma[index]! + affine.beta[index]!);
}

const mean = (x: Float64Array): number => x.reduce((sum, value) => sum + value, 0) / x.length;
