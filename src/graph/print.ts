import type { Tensor } from "../tensor/tensor.ts";
import { isList } from "./attribute.ts";
import type { Attribute, Graph, GraphNode, ValueName } from "./graph.ts";
import { opName, typeText } from "./shape-inference/rule.ts";

/** Larger constants are printed by name. */
const maxInlineElements = 8;

/**
 * One line per input, weight, larger constant, node and output:
 * `%layers.0.attn.q: f32[rows, 64] = Gemm(%hidden, @layers.0.q_proj.weight) {transB=1}`.
 * `%` marks values, `@` weights, `#` constants; small constants stand where they are used.
 */
export function printGraph(graph: Graph): string {
  const weights = new Set(graph.weights.map(({ name }) => name));
  const reference = (name: ValueName): string => {
    if (name === "") return "_";
    const constant = graph.constants.get(name);
    if (constant !== undefined) return isSmall(constant) ? tensorText(constant) : `#${name}`;
    return weights.has(name) ? `@${name}` : `%${name}`;
  };
  const opsets = Object.entries(graph.opsets).map(([domain, version]) => `${domain || "ai.onnx"} ${version}`);
  const constants = [...graph.constants].filter(([, tensor]) => !isSmall(tensor));
  return [
    `graph ${graph.name} (${opsets.join(", ")})`,
    ...graph.inputs.map((input) => `input %${input.name}: ${typeText(input)}`),
    ...graph.weights.map((weight) => `weight @${weight.name}: ${typeText(weight)}`),
    ...constants.map(([name, tensor]) => `constant #${name}: ${typeText(tensor)}`),
    ...graph.nodes.map((node) => nodeText(graph, node, reference)),
    ...graph.outputs.map((output) => `output %${output.name}: ${typeText(output)}`),
  ].join("\n");
}

function nodeText(graph: Graph, node: GraphNode, reference: (name: ValueName) => string): string {
  const outputs = node.outputs.map((name) => {
    const info = graph.values.get(name);
    return info === undefined ? "_" : `%${name}: ${typeText(info)}`;
  });
  const attributes = Object.entries(node.attributes).map(
    ([name, value]) => `${name}=${attributeText(value)}`,
  );
  const braces = attributes.length === 0 ? "" : ` {${attributes.join(", ")}}`;
  return `${outputs.join(", ")} = ${opName(node)}(${node.inputs.map(reference).join(", ")})${braces}`;
}

function attributeText(value: Attribute): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (isList(value)) return `[${value.map((element) => attributeText(element)).join(", ")}]`;
  if ("float" in value) return floatText(value.float);
  if ("floats" in value) return `[${value.floats.map(floatText).join(", ")}]`;
  return isSmall(value) ? tensorText(value) : typeText(value);
}

/** f32 scalars as 0.5, i64 lists as [0, -1], others with their type: i32[](3). */
function tensorText(tensor: Tensor): string {
  const elements = Array.from<number | bigint, string>(tensor.data, (element) =>
    tensor.dtype === "f32" ? floatText(Number(element)) : String(element),
  );
  if (tensor.dtype === "f32" && tensor.shape.length === 0) return elements.join();
  if (tensor.dtype === "i64" && tensor.shape.length === 1) return `[${elements.join(", ")}]`;
  return `${typeText(tensor)}(${elements.join(", ")})`;
}

const isSmall = ({ data }: Tensor): boolean => data.length <= maxInlineElements;

/** The shortest decimal that is this number in single precision; whole numbers keep ".0". */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const text = String(Number(single.toPrecision(digits)));
    if (Math.fround(Number(text)) === single) return /^-?\d+$/.test(text) ? `${text}.0` : text;
  }
  return String(single);
}
