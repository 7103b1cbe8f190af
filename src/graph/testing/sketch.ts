import type { Dtype } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type GraphBuilder, graphBuilder, type Value } from "../builder.ts";
import { dimValue } from "../dim.ts";
import type { Dim } from "../graph.ts";

type Computed = Exclude<Dtype, "bf16">;
type Fill = (index: number) => number;

/** A graph under construction together with sizes for its symbols and data for its inputs. */
export interface Sketch {
  readonly builder: GraphBuilder;
  readonly sizes: ReadonlyMap<string, number>;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** A graph input with data: by default small positive numbers, varied. */
  input(dtype: Computed, shape: readonly Dim[], fill?: Fill): Value;
}

export function sketch(sizes: Readonly<Record<string, number>>): Sketch {
  const builder = graphBuilder("sketch");
  const known = new Map(Object.entries(sizes));
  const feeds: Record<string, Tensor> = {};
  return {
    builder,
    sizes: known,
    feeds,
    input(dtype, shape, fill = (index) => ((index * 7) % 5) / 4 + 0.25) {
      const name = `in${Object.keys(feeds).length}`;
      const concrete = shape.map((dim) => dimValue(dim, known));
      feeds[name] = filled(dtype, concrete, fill);
      return builder.input(name, dtype, shape);
    },
  };
}

/** A tensor whose elements are `fill(index)`, rounded down for integers, as 0 or 1 for bool, their bits for f16. */
function filled(dtype: Computed, shape: readonly number[], fill: Fill): Tensor {
  const values = Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) =>
    fill(i),
  );
  const whole = values.map(Math.floor);
  switch (dtype) {
    case "f32":
      return { dtype, shape, data: Float32Array.from(values) };
    case "f16":
      return { dtype, shape, data: Uint16Array.from(values, () => 0x3c00) };
    case "i32":
      return { dtype, shape, data: Int32Array.from(whole) };
    case "i64":
      return { dtype, shape, data: BigInt64Array.from(whole, BigInt) };
    case "i8":
      return { dtype, shape, data: Int8Array.from(whole) };
    case "u8":
      return { dtype, shape, data: Uint8Array.from(whole) };
    case "bool":
      return { dtype, shape, data: Uint8Array.from(whole, (value) => value & 1) };
    default:
      return dtype satisfies never;
  }
}
