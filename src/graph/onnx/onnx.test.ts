import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TypeProtoSchema,
} from "onnx-buf";
import { expect, test } from "vitest";
import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import { f32Tensor } from "../../tensor/tensor.ts";
import { graphBuilder } from "../builder.ts";
import type { Graph } from "../graph.ts";
import { checkGraph } from "../legality.ts";
import { printGraph } from "../print.ts";
import { operatorCases } from "../testing/operator-cases.ts";
import { runInOrt } from "../testing/run-in-ort.ts";
import { sketch } from "../testing/sketch.ts";
import { decodeOnnx } from "./decode.ts";
import { encodeOnnx } from "./encode.ts";

/** A graph of several operators of the shared table, drawn by their rows. */
function graphOfRows(rows: readonly number[]): Graph {
  const drawn = sketch({ n: 2, m: 3, k: 1, past: 2, long: 7 });
  for (const [at, row] of rows.entries()) {
    const build = operatorCases[row]![1];
    const values = drawn.builder.within(`part${at}`, () => build(drawn));
    for (const [i, value] of values.filter(({ name }) => name !== "").entries())
      drawn.builder.output(`y${at}.${i}`, value);
  }
  const x = drawn.input("f32", ["n", 4]);
  drawn.builder.output(
    "z",
    drawn.builder.op("MatMul", [x, drawn.builder.weight("layers.0.w", "f32", [4, 2])]),
  );
  return drawn.builder.build();
}

const rows = fc.array(fc.nat(operatorCases.length - 1), { minLength: 1, maxLength: 6 });

test("[G2] decoding gives back the encoded graph, and encoding that the same bytes", () => {
  fc.assert(
    fc.property(rows, (chosen) => {
      const graph = graphOfRows(chosen);
      const bytes = encodeOnnx(graph);
      const { graph: decoded, external } = decodeOnnx(bytes);
      expect(printGraph(decoded)).toBe(printGraph(graph));
      expect(decoded.values).toEqual(graph.values);
      expect(decoded.constants).toEqual(graph.constants);
      expect(encodeOnnx(decoded)).toEqual(bytes);
      expect(external.get("layers.0.w")).toEqual({ location: "layers.0.w", offsetBytes: 0, lengthBytes: 32 });
      checkGraph(decoded);
    }),
    { numRuns: 40 },
  );
});

test("[G2] any damage to a file leaves a legal graph or an error by name", () => {
  const bytes = encodeOnnx(graphOfRows([0, 40, 60, 75, 90, 120]));
  const damage = fc.record({
    at: fc.nat(bytes.length - 1),
    by: fc.uint8Array({ minLength: 1, maxLength: 6 }),
    cut: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      const broken = bytes.slice();
      for (const { at, by } of damages) broken.set(by.slice(0, broken.length - at), at);
      const last = damages.find(({ cut }) => cut);
      expectLegalOrNamed(last === undefined ? broken : broken.slice(0, last.at));
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (random) => expectLegalOrNamed(random.slice())),
    { numRuns: 1000 },
  );
});

function expectLegalOrNamed(bytes: Uint8Array<ArrayBuffer>): void {
  try {
    checkGraph(decodeOnnx(bytes).graph);
  } catch (error) {
    if (!(error instanceof EdgeloomError)) throw error;
    expect(["UnsupportedModel", "CorruptCheckpoint"]).toContain(error.name);
  }
}

/** The file of a small graph, changed as a protobuf message. */
function changed(change: (model: ModelProto) => void): Uint8Array<ArrayBuffer> {
  const model = fromBinary(ModelProtoSchema, encodeOnnx(graphOfRows([0])));
  change(model);
  return toBinary(ModelProtoSchema, model);
}

const weightOf = (model: ModelProto): TensorProto => model.graph!.initializer[0]!;
const entry = (model: ModelProto, key: string) =>
  weightOf(model).externalData.find((candidate) => candidate.key === key)!;

test.each<readonly [name: string, fact: RegExp, change: (model: ModelProto) => void]>([
  ["UnsupportedModel", /functions/, (m) => m.functions.push(create(FunctionProtoSchema, { name: "f" }))],
  [
    "UnsupportedModel",
    /GRAPH/,
    (m) =>
      m.graph!.node[0]!.attribute.push(
        create(AttributeProtoSchema, {
          name: "then",
          type: AttributeProto_AttributeType.GRAPH,
          g: create(GraphProtoSchema),
        }),
      ),
  ],
  ["UnsupportedModel", /element type 22/, (m) => (weightOf(m).dataType = 22)],
  ["UnsupportedModel", /element type 11/, (m) => (weightOf(m).dataType = 11)],
  [
    "UnsupportedModel",
    /sequenceType/,
    (m) =>
      (m.graph!.input[0]!.type = create(TypeProtoSchema, { value: { case: "sequenceType", value: {} } })),
  ],
  ["UnsupportedModel", /operator set 11/, (m) => (m.opsetImport[0]!.version = 11n)],
  ["UnsupportedModel", /no shape rule for NonZero/, (m) => (m.graph!.node[0]!.opType = "NonZero")],
  ["CorruptCheckpoint", /no operator set/, (m) => (m.opsetImport = [])],
  ["CorruptCheckpoint", /no graph/, (m) => Reflect.deleteProperty(m, "graph")],
  ["CorruptCheckpoint", /nothing before it defines/, (m) => (m.graph!.node[0]!.input[0] = "nowhere")],
  [
    "CorruptCheckpoint",
    /nothing before it defines/,
    (m) => (m.graph!.node[0]!.input[0] = m.graph!.node[1]!.output[0]!),
  ],
  ["CorruptCheckpoint", /is said to take 31 bytes/, (m) => (entry(m, "length").value = "31")],
  ["CorruptCheckpoint", /external position/, (m) => (entry(m, "offset").value = "-1")],
  ["CorruptCheckpoint", /no path beside/, (m) => (entry(m, "location").value = "../../etc/passwd")],
  ["CorruptCheckpoint", /has shape/, (m) => (weightOf(m).dims = [2n ** 40n, 2n ** 40n])],
  ["CorruptCheckpoint", /has shape/, (m) => (weightOf(m).dims = [-4n, -2n])],
  ["CorruptCheckpoint", /share or lack a name/, (m) => m.graph!.initializer.push(weightOf(m))],
  [
    "CorruptCheckpoint",
    /holds 3 elements/,
    (m) =>
      m.graph!.initializer.push(
        create(TensorProtoSchema, { name: "c", dataType: 1, dims: [2n ** 30n], rawData: new Uint8Array(12) }),
      ),
  ],
  ["CorruptCheckpoint", /declared/, (m) => (m.graph!.output[0]!.type = m.graph!.input.at(-1)!.type!)],
])("[G2] a file is refused as %s: %s", (name, fact, change) => {
  const bytes = changed(change);
  expect(() => decodeOnnx(bytes)).toThrow(
    expect.objectContaining({ name, message: expect.stringMatching(fact) }),
  );
});

test("[G2] a file whose parts would explode in memory is refused unread", () => {
  const empties = new Uint8Array(3_000_000);
  for (let i = 0; i < empties.length; i += 2) empties[i] = 0x0a;
  const framed = Uint8Array.of(0x3a, ...varint(empties.length));
  const bytes = new Uint8Array(framed.length + empties.length);
  bytes.set(framed);
  bytes.set(empties, framed.length);
  expect(() => decodeOnnx(bytes)).toThrow(/more than 1000000 parts/);
});

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

test("[G2] ranks that double with every node are refused", () => {
  const bytes = changed((m) => {
    const [first] = m.graph!.node;
    const doubling = Array.from({ length: 40 }, (_, i) => ({
      ...first!,
      name: `g${i}`,
      opType: "Gather",
      input: i === 0 ? ["idx", "idx"] : [`r${i - 1}`, `r${i - 1}`],
      output: [`r${i}`],
    }));
    const index = create(TensorProtoSchema, {
      name: "idx",
      dataType: 7,
      dims: [1n, 1n, 1n],
      rawData: new Uint8Array(8),
    });
    m.graph!.initializer.push(index);
    m.graph!.node.unshift(...doubling);
  });
  expect(() => decodeOnnx(bytes)).toThrow(/rank 17/);
});

test("[G2] large tensors inside a file become weights, small ones constants; both run", async () => {
  const b = graphBuilder("g");
  const x = b.input("x", "f32", ["n", 200]);
  const large = f32Tensor(
    [200, 100],
    Float32Array.from({ length: 20_000 }, (_, i) => Math.sin(i)),
  );
  const small = f32Tensor(
    [100],
    Float32Array.from({ length: 100 }, (_, i) => i),
  );
  b.output("y", b.op("Add", [b.op("MatMul", [x, b.constant(large, "/large")]), b.constant(small, "/small")]));
  const original = b.build();
  const { graph, embedded } = decodeOnnx(encodeOnnx(original));
  expect(graph.weights.map(({ name }) => name)).toEqual(["large"]);
  expect([...graph.constants.keys()]).toEqual(["/small"]);
  const feeds = {
    x: f32Tensor(
      [2, 200],
      Float32Array.from({ length: 400 }, (_, i) => Math.cos(i)),
    ),
  };
  const expected = await runInOrt(original, feeds);
  expect(await runInOrt(graph, feeds, Object.fromEntries(embedded))).toEqual(expected);
});
