import type { Dtype } from "../../tensor/dtype.ts";
import type { Dim, GraphNode } from "../graph.ts";

/** What inference knows of a value: contents are the elements of small integer tensors (shapes, axes), row-major. */
export interface Known {
  readonly dtype: Dtype;
  readonly shape: readonly Dim[];
  readonly contents: readonly Dim[] | null;
}

/** One application of an operator; an input left out is null. */
export interface OpCall {
  readonly node: GraphNode;
  readonly inputs: readonly (Known | null)[];
}

export interface Produced {
  readonly dtype: Dtype;
  readonly shape: readonly Dim[];
}

/** Dtype and shape of each output; null where ONNX Runtime never fills that output, so its name must be empty. */
export type ShapeRule = (call: OpCall) => readonly (Produced | null)[];

export type RuleTable = readonly (readonly [op: string, rule: ShapeRule])[];

/** The inputs of an operator do not fit each other or its attributes. */
export class ShapeMismatch extends Error {
  override readonly name = "ShapeMismatch";
  constructor(call: OpCall, reason: string) {
    const inputs = call.node.inputs.map(
      (name, i) => `${name || "(none)"}: ${knownText(call.inputs[i] ?? null)}`,
    );
    super(`${opName(call.node)}(${inputs.join(", ")}) → ${call.node.outputs.join(", ")}: ${reason}`);
  }
}

/** An operator without a row in the table of shape rules. */
export class NoShapeRule extends Error {
  override readonly name = "NoShapeRule";
  constructor(node: GraphNode) {
    super(
      `no shape rule for ${opName(node)}, which produces ${node.outputs.join(", ")}; add a row in shape-inference/`,
    );
  }
}

/** "Gemm", or with its domain "com.microsoft.MatMulNBits". */
export const opName = ({ op, domain }: Pick<GraphNode, "op" | "domain">): string =>
  domain === "" ? op : `${domain}.${op}`;

export const typeText = ({ dtype, shape }: Produced): string => `${dtype}[${shape.join(", ")}]`;

const knownText = (known: Known | null): string => (known === null ? "none" : typeText(known));
