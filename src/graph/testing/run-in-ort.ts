import * as ort from "onnxruntime-web";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph } from "../graph.ts";
import { encodeOnnx } from "../onnx/encode.ts";

const ortType = {
  f32: "float32",
  f16: "float16",
  i32: "int32",
  i64: "int64",
  i8: "int8",
  u8: "uint8",
  bool: "bool",
} as const;

/** Runs a graph in ONNX Runtime's CPU provider: the oracle for everything that this room builds. */
export async function runInOrt(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  weights: Readonly<Record<string, Tensor>> = {},
): Promise<ReadonlyMap<string, Tensor>> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(encodeOnnx(graph), {
    logSeverityLevel: 3,
    externalData: Object.entries(weights).map(([path, { data }]) => ({
      path,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })),
  });
  try {
    const inputs = Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)] as const);
    const outputs = await session.run(Object.fromEntries(inputs));
    return new Map(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
  } finally {
    await session.release();
  }
}

const toOrt = (tensor: Tensor): ort.Tensor =>
  // biome-ignore lint/nursery/noUnsafeTypeAssertion: ORT's types tie data to the literal dtype, which is dynamic here
  new ort.Tensor(ortType[tensor.dtype], tensor.data as never, [...tensor.shape]);

function fromOrt({ type, dims, data }: ort.Tensor): Tensor {
  const found = Object.entries(ortType).find(([, name]) => name === type);
  if (found === undefined) throw new TypeError(`ONNX Runtime gave ${type}`);
  // biome-ignore lint/nursery/noUnsafeTypeAssertion: ORT gives the array that backs this type
  return { dtype: found[0], shape: [...dims], data } as Tensor;
}
