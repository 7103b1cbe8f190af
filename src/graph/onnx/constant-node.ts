import type { NodeProto } from "onnx-buf";
import { f32Tensor, type Tensor } from "../../tensor/tensor.ts";
import { attributeKind, isList } from "../attribute.ts";
import type { Attribute } from "../graph.ts";
import { decodeAttribute } from "./decode-attribute.ts";
import { corrupt, unsupported } from "./refusal.ts";

/** The tensor of a Constant node, which becomes one of the graph's constants; null for any other node. */
export function constantOfNode(node: NodeProto): { readonly name: string; readonly tensor: Tensor } | null {
  if (node.opType !== "Constant" || (node.domain !== "" && node.domain !== "ai.onnx")) return null;
  const [attribute, ...others] = node.attribute;
  const [name, ...names] = node.output;
  if (attribute === undefined || others.length > 0 || !name || names.length > 0)
    throw corrupt(
      `Constant ${node.name} has ${node.attribute.length} values and ${node.output.length} outputs`,
    );
  return { name, tensor: tensorOf(decodeAttribute(attribute), attribute.name) };
}

function tensorOf(value: Attribute, name: string): Tensor {
  if (typeof value === "number") return { dtype: "i64", shape: [], data: BigInt64Array.of(BigInt(value)) };
  if (typeof value === "string" || attributeKind(value) === "strings")
    throw unsupported(`a Constant has ${name}`);
  if (isList(value)) return { dtype: "i64", shape: [value.length], data: BigInt64Array.from(value, BigInt) };
  if ("float" in value) return f32Tensor([], Float32Array.of(value.float));
  if ("floats" in value) return f32Tensor([value.floats.length], Float32Array.from(value.floats));
  return value;
}
