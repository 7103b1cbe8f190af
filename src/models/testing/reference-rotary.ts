import { numberOption, type Options, optionsOf } from "./reference-inputs.ts";
import { type Matrix, mapRows } from "./reference-matrix.ts";

/**
 * Rotary position embedding as Hugging Face's Llama applies it: the pair (x[i], x[i + d/2]) of every head turns by
 * position · frequency[i].
 */
export function rotate(x: Matrix, frequencies: readonly number[]): Matrix {
  const half = frequencies.length;
  return mapRows(x, x.columns, (row, position) =>
    row.map((value, index) => {
      const within = index % (2 * half);
      const angle = position * frequencies[within % half]!;
      const partner = within < half ? -row[index + half]! : row[index - half]!;
      return value * Math.cos(angle) + partner * Math.sin(angle);
    }),
  );
}

/** θ^(−2i/d) for i < d/2, stretched by Llama 3.1's rule where the configuration asks for it. */
export function rotaryFrequencies(options: Options, headDim: number): readonly number[] {
  // Newer configurations hold theta and the rule in one object, older ones apart.
  const rule = optionsOf(options.rope_parameters ?? options.rope_scaling ?? {});
  const theta = numberOption(rule, "rope_theta", numberOption(options, "rope_theta", 10_000));
  const frequencies = Array.from({ length: headDim / 2 }, (_, index) => 1 / theta ** ((2 * index) / headDim));
  const type = rule.rope_type ?? rule.type ?? "default";
  if (type === "default") return frequencies;
  if (type !== "llama3") throw new RangeError(`the reference has no rope type ${String(type)}`);
  return frequencies.map((frequency) => stretched(frequency, rule));
}

/**
 * Wavelengths above original/low are `factor` times as long, those below original/high stay, and those between go over
 * from one to the other linearly in original / wavelength.
 */
function stretched(frequency: number, rule: Options): number {
  const original = numberOption(rule, "original_max_position_embeddings");
  const low = numberOption(rule, "low_freq_factor");
  const high = numberOption(rule, "high_freq_factor");
  const slow = frequency / numberOption(rule, "factor");
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < original / high) return frequency;
  if (wavelength > original / low) return slow;
  const smooth = (original / wavelength - low) / (high - low);
  return (1 - smooth) * slow + smooth * frequency;
}
