import { type GraphProto, type TensorProto, TensorProto_DataLocation } from "onnx-buf";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ValueInfo, ValueName } from "../graph.ts";
import { isRelativePath } from "../weight-location.ts";
import { decodeExternal, decodeTensor, decodeTensorType, type ExternalData } from "./decode-tensor.ts";
import { corrupt } from "./refusal.ts";

/** Initializers up to this size stay in the graph as constants. */
const maxConstantBytes = 65_536;

export interface Initializers {
  readonly constants: ReadonlyMap<ValueName, Tensor>;
  readonly weights: readonly ValueInfo[];
  readonly embedded: ReadonlyMap<ValueName, Tensor>;
  readonly external: ReadonlyMap<ValueName, ExternalData>;
  /** Names in the file, also of inputs that an initializer replaces. */
  readonly names: ReadonlySet<ValueName>;
  /** New names of weights whose own names are no paths, so that a weight's name can be its location. */
  readonly renames: ReadonlyMap<ValueName, ValueName>;
}

/** Sorts the stored tensors of a file into small constants and weights. */
export function readInitializers(proto: GraphProto): Initializers {
  const names = new Set(proto.initializer.map(({ name }) => name));
  if (names.size !== proto.initializer.length || names.has(""))
    throw corrupt("initializers share or lack a name");
  const renames = renameWeights(proto, names);
  const constants = new Map<ValueName, Tensor>();
  const embedded = new Map<ValueName, Tensor>();
  const external = new Map<ValueName, ExternalData>();
  const weights: ValueInfo[] = [];
  for (const tensor of proto.initializer) {
    const name = renamed(renames, tensor.name);
    if (isConstant(tensor)) {
      constants.set(tensor.name, decodeTensor(tensor));
      continue;
    }
    if (isExternal(tensor)) external.set(name, decodeExternal(tensor));
    else embedded.set(name, decodeTensor(tensor));
    weights.push({ name, ...decodeTensorType(tensor) });
  }
  return { constants, weights, embedded, external, names, renames };
}

export const renamed = (renames: ReadonlyMap<ValueName, ValueName>, name: ValueName): ValueName =>
  renames.get(name) ?? name;

const isExternal = (tensor: TensorProto): boolean =>
  tensor.dataLocation === TensorProto_DataLocation.EXTERNAL;

const isConstant = (tensor: TensorProto): boolean =>
  !isExternal(tensor) && tensor.rawData.length <= maxConstantBytes && listBytes(tensor) <= maxConstantBytes;

const listBytes = ({ floatData, int32Data, int64Data }: TensorProto): number =>
  4 * floatData.length + 4 * int32Data.length + 8 * int64Data.length;

/** "/model/MatMul.weight" → "model/MatMul.weight": ONNX Runtime refuses locations outside the folder. */
function renameWeights(proto: GraphProto, names: ReadonlySet<ValueName>): ReadonlyMap<ValueName, ValueName> {
  const taken = new Set([
    ...names,
    ...proto.input.map(({ name }) => name),
    ...proto.node.flatMap(({ output }) => output),
  ]);
  const renames = new Map<ValueName, ValueName>();
  for (const tensor of proto.initializer) {
    if (isConstant(tensor) || isRelativePath(tensor.name)) continue;
    const path = tensor.name.split(/[/\\:\0]+/).filter((part) => part !== "" && part !== "..");
    const base = path.join("/") || "weight";
    let name = taken.has(base) ? `${base}.${renames.size}` : base;
    while (taken.has(name)) name += "_";
    taken.add(name);
    renames.set(tensor.name, name);
  }
  return renames;
}
