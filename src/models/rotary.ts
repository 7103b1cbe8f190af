import type { GraphBuilder, Value } from "../graph/builder.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { type ConfigReader, readConfig } from "./config-reader.ts";

/**
 * Inverse frequencies of rotary position embedding, θ^(−2i/d) for i < d/2 (Su et al., RoFormer), rescaled for long
 * contexts where the checkpoint asks for Llama 3's rule. Any other rule is refused as UnsupportedModel.
 */
export function inverseFrequencies(config: ConfigReader, headDim: number): readonly number[] {
  if (headDim % 2 !== 0)
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `config.json: a head of ${headDim} values can't be rotated; it must be even`,
    );
  config.mustBe("partial_rotary_factor", [1]);
  config.mustBe("rope_interleaved", [false]);
  // Newer configurations put theta and scaling into one object.
  const parameters = config.raw("rope_parameters");
  const scaling = asRecord(parameters) ?? asRecord(config.raw("rope_scaling"));
  const theta = asRecord(parameters)
    ? readConfig(config.family, asRecord(parameters) ?? {}).positive(
        "rope_theta",
        config.positive("rope_theta", 10_000),
      )
    : config.positive("rope_theta", 10_000);
  const plain = Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
  return scaling ? rescaled(plain, readConfig(`${config.family} rope_scaling`, scaling)) : plain;
}

function rescaled(frequencies: readonly number[], scaling: ConfigReader): readonly number[] {
  scaling.raw("rope_theta");
  const kind = scaling.raw("rope_type") ?? scaling.raw("type") ?? "default";
  scaling.raw("type");
  if (kind !== "default" && kind !== "llama3")
    throw new EdgeloomError(
      "UnsupportedModel",
      `${scaling.family}: type ${JSON.stringify(kind)} is not implemented (supported: default, llama3); choose a checkpoint without it`,
    );
  const rule = kind === "llama3" ? llama3Rule(scaling) : (frequency: number) => frequency;
  scaling.finish();
  return frequencies.map(rule);
}

/**
 * Llama 3.1's rule: wavelengths beyond the original context are stretched by `factor`, short ones stay, those between
 * are blended linearly in original context / wavelength.
 */
function llama3Rule(scaling: ConfigReader): (frequency: number) => number {
  const factor = scaling.positive("factor");
  const low = scaling.positive("low_freq_factor");
  const high = scaling.positive("high_freq_factor");
  const original = scaling.positive("original_max_position_embeddings");
  if (high <= low)
    throw new EdgeloomError(
      "CorruptCheckpoint",
      `config.json: rope_scaling.high_freq_factor ${high} must exceed low_freq_factor ${low}`,
    );
  return (frequency) => {
    const turns = (original * frequency) / (2 * Math.PI);
    if (turns > high) return frequency;
    if (turns < low) return frequency / factor;
    const share = (turns - low) / (high - low);
    return share * frequency + ((1 - share) * frequency) / factor;
  };
}

/** Rotates f32 [rows, heads, headDim] by each row's angle; halves of the head are the two coordinates. */
export function rotate(
  graph: GraphBuilder,
  x: Value,
  rotary: { readonly cos: Value; readonly sin: Value },
): Value {
  const axis = graph.ints([1]);
  const cos = graph.op("Unsqueeze", [rotary.cos, axis]);
  const sin = graph.op("Unsqueeze", [rotary.sin, axis]);
  const [first, second] = graph.ops("Split", [x], { axis: -1, num_outputs: 2 }, 2);
  if (!first || !second) throw new Error("Split gave fewer than two outputs");
  const times = (a: Value, b: Value) => graph.op("Mul", [a, b]);
  const left = graph.op("Sub", [times(first, cos), times(second, sin)]);
  const right = graph.op("Add", [times(second, cos), times(first, sin)]);
  return graph.op("Concat", [left, right], { axis: -1 });
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
