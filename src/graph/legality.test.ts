import { expect, test } from "vitest";
import { graphBuilder } from "./builder.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { checkGraph, IllegalGraph } from "./legality.ts";

function legalGraph(): Graph {
  const b = graphBuilder("legal");
  const x = b.input("x", "f32", ["rows", 4]);
  const y = b.within("y", () => b.op("MatMul", [x, b.weight("w", "f32", [4, 3])]));
  b.output("z", b.op("Add", [y, b.scalar(2)]));
  return b.build();
}

const graph = legalGraph();
const [matMul, add] = [graph.nodes[0]!, graph.nodes[1]!];
const withNode = (node: Partial<GraphNode>): Partial<Graph> => ({ nodes: [{ ...matMul, ...node }, add] });
const value = (name: string, shape: readonly (number | string)[]) => ({ name, dtype: "f32" as const, shape });

test("[G2] what the builder builds is legal", () => expect(() => checkGraph(graph)).not.toThrow());

test.each<readonly [fact: string, change: Partial<Graph>]>([
  ["has no name", { name: "" }],
  ["is defined twice", { inputs: [...graph.inputs, ...graph.inputs] }],
  ["is defined twice", withNode({ outputs: ["x"] })],
  ["before it is defined", { nodes: [add, matMul] }],
  ["before it is defined", withNode({ inputs: ["x", "v"] })],
  ["no node produces output x", { outputs: [value("x", ["rows", 4])] }],
  ["is listed twice", { outputs: [...graph.outputs, ...graph.outputs] }],
  ["has no outputs", { outputs: [] }],
  ["no operator set", { opsets: {} }],
  ["no operator set", withNode({ domain: "com.microsoft" })],
  ["unused", { weights: [...graph.weights, value("v", [1])] }],
  ["no path", { weights: [...graph.weights, value("/w", [1])] }],
  ["not a number", { weights: [...graph.weights, value("v", ["rows"])] }],
  [
    "holds 1 elements",
    { constants: new Map([["c", { dtype: "f32", shape: [2], data: new Float32Array(1) }]]) },
  ],
  ["axis of size", { inputs: [value("x", ["rows + 1", 4])] }],
  ["axis of size", { inputs: [value("x", [-1, 4])] }],
  ["no name", withNode({ name: "" })],
  ["has no outputs", withNode({ outputs: [""] })],
  ["attribute axis", withNode({ attributes: { axis: { float: 1 } } })],
  ["attribute epsilon", withNode({ attributes: { epsilon: 1 } })],
  ["of no ONNX kind", withNode({ attributes: { anything: 0.5 } })],
  ["no shape rule", withNode({ op: "Unheard" })],
  ["sizes 5 and 4 differ", { inputs: [value("x", ["rows", 5])] }],
  ["recorded as nothing", { values: new Map([...graph.values].slice(1)) }],
  ["recorded as f32[rows, 4]", { values: new Map(graph.values).set("y", value("y", ["rows", 4])) }],
  ["recorded as f32[3, rows]", { outputs: [value("z", [3, "rows"])] }],
  ["but no node produces it", { values: new Map(graph.values).set("q", value("q", [1])) }],
])("[G2] illegal: %s", (fact, change) => {
  expect(() => checkGraph({ ...graph, ...change })).toThrow(IllegalGraph);
  expect(() => checkGraph({ ...graph, ...change })).toThrow(fact);
});
