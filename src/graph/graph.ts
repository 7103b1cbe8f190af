import type { Dtype } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Name of a value: what a node produces or consumes. The empty name is an optional input left out. */
export type ValueName = string;

/** Size of an axis: known, or a symbol that stands for the same size wherever it appears. */
export type Dim = number | string;

export interface ValueInfo {
  readonly name: ValueName;
  readonly dtype: Dtype;
  readonly shape: readonly Dim[];
}

export type Attribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | Tensor;

/** One operator. A bare number attribute is an INT; a float is written `{ float: 0.5 }`, so that 1 and 1.0 are never confused. */
export interface GraphNode {
  readonly op: string;
  /** "" is ai.onnx; else "com.microsoft". */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly ValueName[];
  readonly outputs: readonly ValueName[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/**
 * An ONNX graph as plain data. It holds the names, dtypes and shapes of weights, never their values (these are bound
 * by the runtime from the checkpoint's bytes); only small constants (axes, target shapes, scalars) live inside.
 */
export interface Graph {
  readonly name: string;
  /** Version of each operator set by domain, e.g. { "": 23, "com.microsoft": 1 }. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** External initializers; the name is also the external location. */
  readonly weights: readonly ValueInfo[];
  readonly constants: ReadonlyMap<ValueName, Tensor>;
  /** In an order in which every node follows the producers of its inputs. */
  readonly nodes: readonly GraphNode[];
  /** Inferred dtype and shape of every value that nodes produce. */
  readonly values: ReadonlyMap<ValueName, ValueInfo>;
}
