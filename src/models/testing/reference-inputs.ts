/** A checkpoint's tensors by name, widened to float64. */
export type ReferenceWeights = ReadonlyMap<string, ReferenceWeight>;

export interface ReferenceWeight {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What config.json holds; these are looked at by name, the rest through the functions below. */
export interface Options extends Readonly<Record<string, unknown>> {
  readonly model_type?: unknown;
  readonly rope_parameters?: unknown;
  readonly rope_scaling?: unknown;
  readonly rope_type?: unknown;
  readonly type?: unknown;
}

/** What the JSON of config.json holds; throws when it isn't an object. */
export function optionsOf(config: unknown): Options {
  if (typeof config !== "object" || config === null) throw new TypeError("config.json must hold an object");
  return { ...config };
}

/** A number of the configuration; absent or null gives the fallback, and without one throws. */
export function numberOption(options: Options, name: string, fallback?: number): number {
  const value = options[name] ?? fallback;
  if (typeof value !== "number") throw new TypeError(`config.json: ${name} is ${JSON.stringify(value)}`);
  return value;
}

/** A flag of the configuration; absent or null gives the fallback. */
export const flagOption = (options: Options, name: string, fallback: boolean): boolean =>
  (options[name] ?? fallback) === true;

/** The named tensor, which must have this shape. */
export function weightOf(weights: ReferenceWeights, name: string, shape: readonly number[]): Float64Array {
  const weight = weights.get(name);
  if (!weight) throw new RangeError(`the reference lacks ${name}`);
  if (weight.shape.join() !== shape.join())
    throw new RangeError(`${name} is [${weight.shape.join(", ")}], not [${shape.join(", ")}]`);
  return weight.data;
}
