import type { Dtype } from "../tensor/dtype.ts";
import { f32Tensor, type Tensor } from "../tensor/tensor.ts";
import { sameShape } from "./dim.ts";
import type { Attribute, Dim, Graph, GraphNode, ValueInfo } from "./graph.ts";
import { checkGraph } from "./legality.ts";
import { Names, NameTaken } from "./names.ts";
import { inferNode, knownConstant } from "./shape-inference/infer.ts";
import type { Known } from "./shape-inference/rule.ts";

/** A value of a graph under construction. Its name may still change until `build`, its type may not. */
export interface Value {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Dim[];
}

export interface GraphBuilder {
  input(name: string, dtype: Dtype, shape: readonly Dim[]): Value;
  /** The weight of this name; the same value when asked again. Throws `NameTaken` for another dtype or shape. */
  weight(name: string, dtype: Dtype, shape: readonly number[]): Value;
  /** A constant inside the graph, shared with equal ones; the hint becomes its name. */
  constant(tensor: Tensor, hint?: string): Value;
  /** An f32 constant of rank 0. */
  scalar(value: number): Value;
  /** An i64 constant of rank 1: axes, shapes. */
  ints(values: readonly number[]): Value;
  /**
   * The only output of a new node. Operators of another domain carry it: "com.microsoft.GroupQueryAttention".
   * Throws `ShapeMismatch` or `NoShapeRule`.
   */
  op(op: string, inputs: readonly (Value | null)[], attributes?: Attributes): Value;
  /** The first `outputCount` outputs of a new node. */
  ops(
    ...node: readonly [
      op: string,
      inputs: readonly (Value | null)[],
      attributes: Attributes,
      outputCount: number,
    ]
  ): readonly Value[];
  /** Makes a value an output of the graph by this name. */
  output(name: string, value: Value): void;
  /** Prefixes the names generated in `body`; a value that it returns and that has a generated name gets the prefix itself. */
  within<T>(prefix: string, body: () => T): T;
  /** Throws `IllegalGraph`, e.g. for a weight that no node uses. */
  build(): Graph;
}

type Attributes = Readonly<Record<string, Attribute>>;

/** Starts an empty graph. Operator sets default to ONNX 23 and com.microsoft 1; only those in use are written out. */
export const graphBuilder = (
  name: string,
  opsets: Readonly<Record<string, number>> = { "": 23, "com.microsoft": 1 },
): GraphBuilder => new Builder(name, opsets);

interface OwnValue extends Value {
  name: string;
  readonly known: Known;
}

interface OwnNode extends Omit<GraphNode, "inputs" | "outputs" | "name"> {
  readonly inputs: readonly (OwnValue | null)[];
  readonly outputs: readonly (OwnValue | null)[];
}

class Builder implements GraphBuilder {
  readonly #name: string;
  readonly #opsets: Readonly<Record<string, number>>;
  readonly #names = new Names();
  readonly #own = new Map<Value, OwnValue>();
  readonly #inputs: OwnValue[] = [];
  readonly #weights = new Map<string, OwnValue>();
  readonly #constants = new Map<string, { readonly value: OwnValue; readonly tensor: Tensor }>();
  readonly #nodes: OwnNode[] = [];
  readonly #produced = new Set<OwnValue>();
  readonly #autoNamed = new Set<OwnValue>();
  readonly #outputs = new Set<OwnValue>();
  #prefix = "";

  constructor(name: string, opsets: Readonly<Record<string, number>>) {
    this.#name = name;
    this.#opsets = opsets;
  }

  input(name: string, dtype: Dtype, shape: readonly Dim[]): Value {
    const value = this.#value({ dtype, shape, contents: null });
    this.#names.claim(name, value);
    this.#inputs.push(value);
    return value;
  }

  weight(name: string, dtype: Dtype, shape: readonly number[]): Value {
    const before = this.#weights.get(name);
    if (before === undefined) {
      const value = this.#value({ dtype, shape, contents: null });
      this.#names.claim(name, value);
      this.#weights.set(name, value);
      return value;
    }
    if (before.dtype !== dtype || !sameShape(before.shape, shape))
      throw new NameTaken(
        `weight ${name} is ${before.dtype}[${before.shape.join(", ")}], asked for as ${dtype}[${shape.join(", ")}]`,
      );
    return before;
  }

  constant(tensor: Tensor, hint = "constant"): Value {
    const key = contentKey(tensor);
    const before = this.#constants.get(key);
    if (before !== undefined) return before.value;
    const value = this.#value(knownConstant(tensor));
    this.#names.generate(hint, value);
    this.#constants.set(key, { value, tensor });
    return value;
  }

  scalar(value: number): Value {
    return this.constant(f32Tensor([], Float32Array.of(value)), "scalar");
  }

  ints(values: readonly number[]): Value {
    const data = BigInt64Array.from(values, BigInt);
    return this.constant({ dtype: "i64", shape: [values.length], data }, "ints");
  }

  op(op: string, inputs: readonly (Value | null)[], attributes: Attributes = {}): Value {
    const [value] = this.ops(op, inputs, attributes, 1);
    if (value === undefined) throw new RangeError(`${op} has no outputs`);
    return value;
  }

  ops(
    ...[name, inputs, attributes, outputCount]: readonly [
      string,
      readonly (Value | null)[],
      Attributes,
      number,
    ]
  ): readonly Value[] {
    const dot = name.lastIndexOf(".");
    const [domain, op] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
    const own = withoutTrailingNulls(inputs).map((value) => (value === null ? null : this.#ownValue(value)));
    const names = {
      inputs: own.map((value) => value?.name ?? ""),
      outputs: Array.from({ length: outputCount }, () => op),
    };
    const node = { op, domain, name: this.#generatedName(op), attributes, ...names };
    const known = inferNode({ node, inputs: own.map((value) => value?.known ?? null) });
    const outputs = known.map((output) => (output === null ? null : this.#nodeOutput(op, output)));
    this.#nodes.push({ op, domain, attributes, inputs: own, outputs });
    return outputs.map((value) => value ?? absent);
  }

  output(name: string, value: Value): void {
    const own = this.#ownValue(value);
    const isFree = this.#produced.has(own) && !this.#outputs.has(own);
    const named = isFree ? own : this.#ownValue(this.op("Identity", [own]));
    this.#names.claim(name, named);
    this.#autoNamed.delete(named);
    this.#outputs.add(named);
  }

  within<T>(prefix: string, body: () => T): T {
    const outer = this.#prefix;
    const firstNode = this.#nodes.length;
    this.#prefix = outer === "" ? prefix : `${outer}.${prefix}`;
    try {
      const result = body();
      const last = this.#nodes.slice(firstNode).flatMap(({ outputs }) => outputs);
      const returned = last.find((value) => value !== null && Object.is(value, result));
      if (returned && this.#autoNamed.delete(returned)) this.#names.generate(this.#prefix, returned);
      return result;
    } finally {
      this.#prefix = outer;
    }
  }

  build(): Graph {
    const nodes = this.#nodes.map(finishedNode);
    const used = new Set(nodes.flatMap(({ inputs }) => inputs));
    const constants = [...this.#constants.values()].filter(({ value }) => used.has(value.name));
    const domains = new Set(nodes.map(({ domain }) => domain));
    const graph: Graph = {
      name: this.#name,
      opsets: Object.fromEntries(Object.entries(this.#opsets).filter(([domain]) => domains.has(domain))),
      inputs: this.#inputs.map(infoOf),
      outputs: [...this.#outputs].map(infoOf),
      weights: [...this.#weights.values()].map(infoOf),
      constants: new Map(constants.map(({ value, tensor }) => [value.name, tensor])),
      nodes,
      values: new Map([...this.#produced].map((value) => [value.name, infoOf(value)])),
    };
    checkGraph(graph);
    return graph;
  }

  #value(known: Known): OwnValue {
    const value = { name: "", dtype: known.dtype, shape: known.shape, known };
    this.#own.set(value, value);
    return value;
  }

  #nodeOutput(op: string, known: Known): OwnValue {
    const value = this.#value(known);
    this.#names.generate(this.#generatedName(op), value);
    this.#produced.add(value);
    this.#autoNamed.add(value);
    return value;
  }

  #generatedName(op: string): string {
    return this.#prefix === "" ? op.toLowerCase() : `${this.#prefix}.${op.toLowerCase()}`;
  }

  #ownValue(value: Value): OwnValue {
    const own = this.#own.get(value);
    if (own === undefined) throw new NameTaken(`value "${value.name}" is not of graph ${this.#name}`);
    return own;
  }
}

/** Stands for an output that ONNX Runtime never fills; using it as an input is refused. */
const absent: Value = { name: "", dtype: "f32", shape: [] };

const infoOf = ({ name, dtype, shape }: OwnValue): ValueInfo => ({ name, dtype, shape });

function finishedNode({ op, domain, attributes, inputs, outputs }: OwnNode): GraphNode {
  const names = outputs.map((value) => value?.name ?? "");
  return {
    op,
    domain,
    name: names.find((name) => name !== "") ?? "",
    inputs: inputs.map((value) => value?.name ?? ""),
    outputs: names,
    attributes,
  };
}

const withoutTrailingNulls = (values: readonly (Value | null)[]): readonly (Value | null)[] =>
  values.slice(0, values.findLastIndex((value) => value !== null) + 1);

function contentKey({ dtype, shape, data }: Tensor): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return `${dtype}[${shape.join(",")}]${bytes.join(",")}`;
}
