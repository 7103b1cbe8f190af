import type { Dim } from "../graph.ts";
import { requireBroadcastTo } from "./broadcast.ts";
import {
  axisIndex,
  commonDtype,
  floats,
  input,
  intAttribute,
  one,
  optionalInput,
  requireDtype,
} from "./call.ts";
import type { OpCall, Produced, RuleTable, ShapeRule } from "./rule.ts";

/** Normalises the axes from `axis` on; scale and bias broadcast to those. */
function normalised(call: OpCall): { readonly output: Produced; readonly statistics: Produced } {
  requireDtype(call, 0, floats);
  const dtype = commonDtype(call);
  const { shape } = input(call, 0);
  const axis = axisIndex(call, intAttribute(call, "axis", -1), shape.length);
  requireBroadcastTo(call, input(call, 1).shape, shape.slice(axis));
  const bias = optionalInput(call, 2);
  if (bias !== null) requireBroadcastTo(call, bias.shape, shape.slice(axis));
  const reduced: readonly Dim[] = shape.map((dim, i) => (i < axis ? dim : 1));
  return { output: { dtype, shape }, statistics: { dtype: "f32", shape: reduced } };
}

/** Y, and where asked for the mean and 1/standard deviation. */
const layerNormalization: ShapeRule = (call) => {
  const { output, statistics } = normalised(call);
  return [output, statistics, statistics].slice(0, call.node.outputs.length);
};

/** Y, and where asked for 1/root mean square. */
const simplifiedLayerNormalization: ShapeRule = (call) => {
  const { output, statistics } = normalised(call);
  return [output, statistics].slice(0, call.node.outputs.length);
};

const rmsNormalization: ShapeRule = (call) => {
  const { output } = normalised(call);
  return one(output.dtype, output.shape);
};

export const normalizationRules: RuleTable = [
  ["LayerNormalization", layerNormalization],
  ["RMSNormalization", rmsNormalization],
  ["SimplifiedLayerNormalization", simplifiedLayerNormalization],
];
