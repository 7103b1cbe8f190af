import { fromBinary } from "@bufbuild/protobuf";
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto } from "onnx-buf";
import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph, GraphNode, ValueInfo, ValueName } from "../graph.ts";
import { checkGraph, IllegalGraph } from "../legality.ts";
import { inferValues } from "../shape-inference/infer.ts";
import { NoShapeRule, ShapeMismatch, typeText } from "../shape-inference/rule.ts";
import { constantOfNode } from "./constant-node.ts";
import { decodeAttribute } from "./decode-attribute.ts";
import type { ExternalData } from "./decode-tensor.ts";
import { decodeValueInfo } from "./decode-type.ts";
import { type Initializers, readInitializers, renamed } from "./initializers.ts";
import { corrupt, unsupported } from "./refusal.ts";
import { checkStructure } from "./structure.ts";

export interface DecodedOnnx {
  readonly graph: Graph;
  /** Elements of the weights that are inside the file. */
  readonly embedded: ReadonlyMap<ValueName, Tensor>;
  /** Where the elements of the other weights lie. */
  readonly external: ReadonlyMap<ValueName, ExternalData>;
}

/**
 * The graph of an ONNX file from anywhere. Throws EdgeloomError: `UnsupportedModel` for what Edgeloom does not do,
 * `CorruptCheckpoint` for a file that contradicts itself.
 */
export function decodeOnnx(bytes: Uint8Array<ArrayBuffer>): DecodedOnnx {
  const { model, proto } = parse(bytes);
  try {
    const initializers = readInitializers(proto);
    const graph = decodeGraph(model, proto, initializers);
    checkGraph(graph);
    const kept = new Set(graph.weights.map(({ name }) => name));
    return {
      graph,
      embedded: only(initializers.embedded, kept),
      external: only(initializers.external, kept),
    };
  } catch (error) {
    if (error instanceof NoShapeRule || error instanceof ShapeMismatch) throw unsupported(error.message);
    if (error instanceof IllegalGraph) throw corrupt(error.message);
    throw error;
  }
}

function parse(bytes: Uint8Array<ArrayBuffer>): { readonly model: ModelProto; readonly proto: GraphProto } {
  checkStructure(bytes);
  const model = protobufModel(bytes);
  if (model.graph === undefined) throw corrupt("it has no graph");
  if (model.functions.length > 0) throw unsupported("it defines functions; inline them at export");
  if (model.graph.sparseInitializer.length > 0) throw unsupported("it has sparse weights");
  return { model, proto: model.graph };
}

function protobufModel(bytes: Uint8Array<ArrayBuffer>): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    if (error instanceof EdgeloomError || !(error instanceof Error)) throw error;
    throw corrupt(`its protobuf is broken (${error.message})`);
  }
}

function decodeGraph(model: ModelProto, proto: GraphProto, stored: Initializers): Graph {
  const constants = new Map(stored.constants);
  const nodes: GraphNode[] = [];
  for (const node of proto.node) {
    const constant = constantOfNode(node);
    if (constant === null) nodes.push(decodeNode(node, stored.renames));
    else if (constants.has(constant.name)) throw corrupt(`${constant.name} is defined twice`);
    else constants.set(constant.name, constant.tensor);
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const isFed = ({ name }: { readonly name: string }): boolean => !stored.names.has(name);
  const parts = {
    inputs: proto.input.filter(isFed).map(decodeValueInfo),
    weights: stored.weights.filter(({ name }) => used.has(name)),
    constants: only(constants, used),
    nodes,
  };
  const values = inferValues(parts, (node, name) =>
    corrupt(`${node.name} uses ${name}, which nothing before it defines`),
  );
  return {
    name: proto.name === "" ? "imported" : proto.name,
    opsets: opsetsOf(model, nodes),
    ...parts,
    outputs: proto.output.map((output) => decodeOutput(decodeValueInfo(output), values)),
    values,
  };
}

function decodeNode(proto: NodeProto, renames: ReadonlyMap<ValueName, ValueName>): GraphNode {
  const attributes = proto.attribute.map(
    (attribute) => [attribute.name, decodeAttribute(attribute)] as const,
  );
  const unique = Object.fromEntries(attributes);
  if (Object.keys(unique).length !== attributes.length) throw corrupt(`${proto.name} repeats an attribute`);
  return {
    op: proto.opType,
    domain: domainOf(proto.domain),
    name: proto.name === "" ? (proto.output.find((name) => name !== "") ?? "") : proto.name,
    inputs: proto.input.map((name) => renamed(renames, name)),
    outputs: proto.output,
    attributes: unique,
  };
}

/** The inferred output; what the file says of it must not contradict. */
function decodeOutput(declared: ValueInfo, values: ReadonlyMap<ValueName, ValueInfo>): ValueInfo {
  const inferred = values.get(declared.name);
  if (inferred === undefined) throw unsupported(`output ${declared.name} is produced by no node`);
  const isContradicted = inferred.shape.some((dim, axis) => {
    const other = declared.shape[axis];
    return typeof dim === "number" && typeof other === "number" && dim !== other;
  });
  if (inferred.dtype !== declared.dtype || inferred.shape.length !== declared.shape.length || isContradicted)
    throw corrupt(
      `output ${declared.name} is declared ${typeText(declared)}, computed ${typeText(inferred)}`,
    );
  return inferred;
}

function opsetsOf(model: ModelProto, nodes: readonly GraphNode[]): Readonly<Record<string, number>> {
  const versions = new Map(
    model.opsetImport.map(({ domain, version }) => [domainOf(domain), Number(version)]),
  );
  const domains = [...new Set(nodes.map(({ domain }) => domain))].sort();
  return Object.fromEntries(domains.map((domain) => [domain, knownVersion(domain, versions.get(domain))]));
}

/** Before 13, Softmax and others meant something else; versions after 24 are not read yet. */
function knownVersion(domain: string, version: number | undefined): number {
  if (version === undefined) throw corrupt(`no operator set for domain "${domain}"`);
  const [first, last] = domain === "" ? [13, 24] : [1, 1];
  if (version < first || version > last)
    throw unsupported(
      `operator set ${version} of "${domain || "ai.onnx"}", supported are ${first} to ${last}; convert it`,
    );
  return version;
}

const domainOf = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

const only = <T>(map: ReadonlyMap<string, T>, names: ReadonlySet<string>): ReadonlyMap<string, T> =>
  new Map([...map].filter(([name]) => names.has(name)));
