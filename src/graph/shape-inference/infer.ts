import type { Dtype } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Dim, Graph, GraphNode, ValueInfo, ValueName } from "../graph.ts";
import { InexpressibleDim } from "../polynomial.ts";
import { attentionRules } from "./attention.ts";
import { constantContents, producedContents } from "./contents.ts";
import { convolutionRules } from "./convolution.ts";
import { elementwiseRules } from "./elementwise.ts";
import { gatheringRules } from "./gathering.ts";
import { generationRules } from "./generation.ts";
import { layoutRules } from "./layout.ts";
import { linearRules } from "./linear.ts";
import { normalizationRules } from "./normalization.ts";
import { quantizationRules } from "./quantization.ts";
import { reductionRules } from "./reduction.ts";
import {
  type Known,
  NoShapeRule,
  type OpCall,
  opName,
  type Produced,
  ShapeMismatch,
  type ShapeRule,
} from "./rule.ts";
import { sliceRules } from "./slice.ts";

const shapeRules: ReadonlyMap<string, ShapeRule> = new Map([
  ...elementwiseRules,
  ...linearRules,
  ...layoutRules,
  ...sliceRules,
  ...gatheringRules,
  ...reductionRules,
  ...normalizationRules,
  ...convolutionRules,
  ...generationRules,
  ...quantizationRules,
  ...attentionRules,
]);

/** Bounds what chains of Unsqueeze and Gather in a hostile file can grow to. */
export const maxRank = 16;

/** Names of the operators with a row, "com.microsoft." before those of that domain. */
export const inferableOps = (): readonly string[] => [...shapeRules.keys()];

/**
 * Dtype and shape of each output of a node, null for one that ONNX Runtime never fills.
 * Throws `ShapeMismatch` or `NoShapeRule`.
 */
export function inferNode(call: OpCall): readonly (Known | null)[] {
  const rule = shapeRules.get(opName(call.node));
  if (rule === undefined) throw new NoShapeRule(call.node);
  try {
    const produced = rule(call);
    if (produced.length !== call.node.outputs.length)
      throw new ShapeMismatch(call, `it has ${produced.length} outputs, not ${call.node.outputs.length}`);
    return produced.map((output) => (output === null ? null : known(call, output)));
  } catch (error) {
    if (error instanceof InexpressibleDim) throw new ShapeMismatch(call, error.message);
    throw error;
  }
}

/**
 * Every value that the nodes of a graph produce, from its inputs, weights and constants alone.
 * Throws `ShapeMismatch`, `NoShapeRule`, or what `missing` makes of a name that no earlier node produces.
 */
export function inferValues(
  graph: Pick<Graph, "inputs" | "weights" | "constants" | "nodes">,
  missing: (node: GraphNode, name: ValueName) => Error,
): ReadonlyMap<ValueName, ValueInfo> {
  const scope = new Map<ValueName, Known>();
  for (const { name, dtype, shape } of [...graph.inputs, ...graph.weights])
    scope.set(name, { dtype, shape, contents: null });
  for (const [name, tensor] of graph.constants) scope.set(name, knownConstant(tensor));
  const values = new Map<ValueName, ValueInfo>();
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => {
      const found = scope.get(name);
      if (found === undefined && name !== "") throw missing(node, name);
      return found ?? null;
    });
    const outputs = inferNode({ node, inputs });
    for (const [i, output] of outputs.entries()) {
      const name = node.outputs[i] ?? "";
      if (name === "" || output === null) continue;
      scope.set(name, output);
      values.set(name, { name, dtype: output.dtype, shape: output.shape });
    }
  }
  return values;
}

export function knownConstant(tensor: Tensor): Known {
  return { dtype: tensor.dtype, shape: tensor.shape, contents: constantContents(tensor) };
}

function known(call: OpCall, output: Produced): Known {
  const { dtype, shape }: { dtype: Dtype; shape: readonly Dim[] } = output;
  if (shape.length > maxRank)
    throw new ShapeMismatch(call, `an output has rank ${shape.length}, at most ${maxRank}`);
  const broken = shape.find((dim) => typeof dim === "number" && (!Number.isSafeInteger(dim) || dim < 0));
  if (broken !== undefined) throw new ShapeMismatch(call, `an output axis has size ${broken}`);
  return { dtype, shape, contents: producedContents(call, output) };
}
