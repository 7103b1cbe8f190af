import { elementCount } from "../tensor/dtype.ts";
import { attributeKind, usualKinds } from "./attribute.ts";
import { canonicalDim, sameShape } from "./dim.ts";
import type { Dim, Graph, GraphNode, ValueInfo, ValueName } from "./graph.ts";
import { InexpressibleDim } from "./polynomial.ts";
import { inferValues } from "./shape-inference/infer.ts";
import { NoShapeRule, ShapeMismatch, typeText } from "./shape-inference/rule.ts";
import { isRelativePath } from "./weight-location.ts";

/** A graph breaks the rules that every pass relies on; the message lists the first facts. */
export class IllegalGraph extends Error {
  override readonly name = "IllegalGraph";
}

const maxFacts = 5;

/**
 * Throws `IllegalGraph` unless every name is defined once and before its use, outputs are produced by nodes, every
 * domain has its operator set, recorded dtypes and shapes are those that inference finds, nothing stored is unused.
 */
export function checkGraph(graph: Graph): void {
  refuse(graph, [names(graph), types(graph), weights(graph), nodes(graph), uses(graph), outputs(graph)]);
  refuse(graph, [recordedValues(graph)]);
}

function refuse(graph: Graph, checks: readonly Generator<string>[]): void {
  const facts = checks.flatMap(firstFacts).slice(0, maxFacts);
  if (facts.length > 0) throw new IllegalGraph(`graph ${graph.name}: ${facts.join("; ")}`);
}

function firstFacts(check: Generator<string>): readonly string[] {
  const facts: string[] = [];
  for (const fact of check) if (facts.push(fact) === maxFacts) break;
  return facts;
}

/** Each name is non-empty and defined once; each input of a node is defined by something before it. */
function* names(graph: Graph): Generator<string> {
  if (graph.name === "") yield "the graph has no name";
  const defined = new Set<ValueName>();
  const stored = [...graph.inputs, ...graph.weights].map(({ name }) => name);
  for (const name of [...stored, ...graph.constants.keys()]) {
    if (name === "") yield "an input, weight or constant has no name";
    yield* define(defined, name);
  }
  for (const node of graph.nodes) {
    for (const name of node.inputs.filter((used) => used !== "" && !defined.has(used)))
      yield `${node.name} uses ${name} before it is defined`;
    for (const name of node.outputs.filter((output) => output !== "")) yield* define(defined, name);
  }
}

function* define(defined: Set<ValueName>, name: ValueName): Generator<string> {
  if (defined.has(name)) yield `${name} is defined twice`;
  defined.add(name);
}

function* types(graph: Graph): Generator<string> {
  for (const { name, shape } of [...graph.inputs, ...graph.outputs, ...graph.weights])
    for (const dim of shape.filter((size) => !isCanonical(size)))
      yield `${name} has an axis of size "${dim}"`;
  for (const [name, { shape, data }] of graph.constants)
    if (data.length !== elementCount(shape)) yield `constant ${name} holds ${data.length} elements`;
}

function* weights(graph: Graph): Generator<string> {
  for (const { name, shape } of graph.weights) {
    if (shape.some((dim) => typeof dim === "string")) yield `weight ${name} has a size that is not a number`;
    if (!isRelativePath(name)) yield `weight ${name} is named so that its name is no path to its bytes`;
  }
}

function isCanonical(dim: Dim): boolean {
  if (typeof dim === "number") return Number.isSafeInteger(dim) && dim >= 0;
  try {
    return canonicalDim(dim) === dim;
  } catch (error) {
    if (error instanceof InexpressibleDim) return false;
    throw error;
  }
}

function* nodes(graph: Graph): Generator<string> {
  for (const node of graph.nodes) {
    if (node.name === "" || node.op === "") yield `${node.op} node ${node.name} has no name`;
    if (node.outputs.every((name) => name === "")) yield `${node.name} has no outputs`;
    if (!Object.hasOwn(graph.opsets, node.domain)) yield `no operator set for domain "${node.domain}"`;
    yield* attributes(node);
  }
}

function* attributes(node: GraphNode): Generator<string> {
  for (const [name, value] of Object.entries(node.attributes)) {
    const kind = attributeKind(value);
    const usual = Object.hasOwn(usualKinds, name) ? usualKinds[name] : kind;
    if (name === "" || kind === null || kind !== usual)
      yield `attribute ${name} of ${node.name} is ${kind ?? "of no ONNX kind"}, should be ${usual ?? "one"}`;
  }
}

function* uses(graph: Graph): Generator<string> {
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  for (const { name } of graph.weights) if (!used.has(name)) yield `weight ${name} is unused`;
  for (const name of graph.constants.keys()) if (!used.has(name)) yield `constant ${name} is unused`;
}

function* outputs(graph: Graph): Generator<string> {
  const produced = new Set(graph.nodes.flatMap((node) => node.outputs));
  const listed = new Set<ValueName>();
  for (const { name } of graph.outputs) {
    if (name === "" || !produced.has(name)) yield `no node produces output ${name}`;
    if (listed.has(name)) yield `output ${name} is listed twice`;
    listed.add(name);
  }
  if (listed.size === 0) yield "it has no outputs";
}

function* recordedValues(graph: Graph): Generator<string> {
  const inferred = inferredValues(graph);
  if (typeof inferred === "string") return yield inferred;
  for (const [name, value] of inferred) yield* difference(name, graph.values.get(name), value);
  for (const name of graph.values.keys())
    if (!inferred.has(name)) yield `${name} is recorded, but no node produces it`;
  for (const output of graph.outputs) yield* difference(output.name, output, inferred.get(output.name));
}

function inferredValues(graph: Graph): ReadonlyMap<ValueName, ValueInfo> | string {
  try {
    return inferValues(graph, (node, name) => new IllegalGraph(`${node.name} uses ${name}`));
  } catch (error) {
    if (error instanceof ShapeMismatch || error instanceof NoShapeRule) return error.message;
    throw error;
  }
}

function* difference(name: ValueName, recorded?: ValueInfo, inferred?: ValueInfo): Generator<string> {
  const isSame =
    recorded !== undefined &&
    inferred !== undefined &&
    recorded.name === name &&
    recorded.dtype === inferred.dtype &&
    sameShape(recorded.shape, inferred.shape);
  if (!isSame)
    yield `${name} is recorded as ${recorded ? typeText(recorded) : "nothing"}, inferred as ${inferred ? typeText(inferred) : "nothing"}`;
}
