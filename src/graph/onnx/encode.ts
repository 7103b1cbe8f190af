import { create, toBinary } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import { bytesPerElement } from "../../tensor/dtype.ts";
import { multiplyDims } from "../dim.ts";
import { elementType } from "../element-type.ts";
import type { Dim, Graph, GraphNode, ValueInfo } from "../graph.ts";
import { encodeAttribute, encodeTensor } from "./encode-attribute.ts";

/** The intermediate representation that ONNX 1.18 and operator set 23 came with. */
const irVersion = 11n;

/**
 * The ONNX file of a legal graph. Constants are inside; each weight is an external initializer whose location is its
 * own name, at offset 0, so that a runtime binds its bytes by name.
 */
export function encodeOnnx(graph: Graph): Uint8Array<ArrayBuffer> {
  const constants = [...graph.constants].map(([name, tensor]) => encodeTensor(tensor, name));
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: "edgeloom",
    opsetImport: Object.entries(graph.opsets).map(([domain, version]) =>
      create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
    ),
    graph: create(GraphProtoSchema, {
      name: graph.name,
      node: graph.nodes.map(encodeNode),
      initializer: [...graph.weights.map(encodeWeight), ...constants],
      input: graph.inputs.map(encodeValueInfo),
      output: graph.outputs.map(encodeValueInfo),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

const encodeNode = ({ op, domain, name, inputs, outputs, attributes }: GraphNode): NodeProto =>
  create(NodeProtoSchema, {
    opType: op,
    domain,
    name,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
  });

function encodeWeight({ name, dtype, shape }: ValueInfo): TensorProto {
  const lengthBytes = multiplyDims(...shape, bytesPerElement(dtype));
  const entries = { location: name, offset: "0", length: String(lengthBytes) };
  return create(TensorProtoSchema, {
    name,
    dataType: elementType[dtype],
    dims: shape.map((size) => BigInt(size)),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
}

const encodeValueInfo = ({ name, dtype, shape }: ValueInfo): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: "tensorType",
        value: create(TypeProto_TensorSchema, {
          elemType: elementType[dtype],
          shape: create(TensorShapeProtoSchema, { dim: shape.map(encodeDim) }),
        }),
      },
    }),
  });

const encodeDim = (size: Dim) =>
  create(TensorShapeProto_DimensionSchema, {
    value:
      typeof size === "number"
        ? { case: "dimValue", value: BigInt(size) }
        : { case: "dimParam", value: size },
  });
