import type { Value } from "../builder.ts";
import type { Attribute, Dim } from "../graph.ts";
import type { Sketch } from "./sketch.ts";

/** Builds one operator with inputs of symbolic sizes n, m and k; gives the outputs to compare. */
export type OperatorCase = (s: Sketch) => readonly Value[];
type Attributes = Readonly<Record<string, Attribute>>;

export const single =
  (op: string, inputs: (s: Sketch) => readonly (Value | null)[], attributes: Attributes = {}): OperatorCase =>
  (s) => [s.builder.op(op, inputs(s), attributes)];

export const several =
  (
    op: string,
    inputs: (s: Sketch) => readonly (Value | null)[],
    more: Attributes & { outputs: number },
  ): OperatorCase =>
  (s) => {
    const { outputs, ...attributes } = more;
    return s.builder.ops(op, inputs(s), attributes, outputs);
  };

export const f32 =
  (...shape: readonly Dim[]) =>
  (s: Sketch): Value =>
    s.input("f32", shape);
export const all =
  (...makers: readonly ((s: Sketch) => Value)[]) =>
  (s: Sketch) =>
    makers.map((make) => make(s));
export const ints =
  (...values: readonly number[]) =>
  (s: Sketch): Value =>
    s.builder.ints(values);
export const zeros =
  (dtype: "i32" | "i64", ...shape: readonly Dim[]) =>
  (s: Sketch): Value =>
    s.input(dtype, shape, () => 0);
export const number =
  (value: number) =>
  (s: Sketch): Value =>
    s.builder.scalar(value);
export const bools =
  (...shape: readonly Dim[]) =>
  (s: Sketch): Value =>
    s.input("bool", shape, (i) => i);
export const epsilon = { epsilon: { float: 1e-5 } };
