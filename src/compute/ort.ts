import type * as Ort from "onnxruntime-web";
import type { Tensor } from "../tensor/tensor.ts";

/** The build of ONNX Runtime in use; the three builds share their types. */
export type OrtModule = typeof Ort;
export type OrtTensor = Ort.Tensor;
export type OrtSession = Ort.InferenceSession;

/**
 * Loads the build for a backend: the plain one for WASM (its code isn't slowed by suspension), for WebGPU the one that
 * suspends natively where the browser can, else the one that unwinds.
 */
export function importOrt(backend: "webgpu" | "wasm"): Promise<OrtModule> {
  if (backend === "wasm") return import("onnxruntime-web/wasm");
  return "Suspending" in WebAssembly ? import("onnxruntime-web/jspi") : import("onnxruntime-web/webgpu");
}

const ortTypes = {
  f32: "float32",
  f16: "float16",
  i32: "int32",
  i64: "int64",
  i8: "int8",
  u8: "uint8",
  bool: "bool",
} as const;

export const toOrt = (ort: OrtModule, { dtype, data, shape }: Tensor): OrtTensor =>
  new ort.Tensor(ortTypes[dtype], data, [...shape]);

/** A tensor in memory as plain data of its own; only f32 and i32 come out of our graphs. */
export function fromOrt(tensor: OrtTensor): Tensor {
  const { data, dims } = tensor;
  if (data instanceof Float32Array) return { dtype: "f32", shape: dims, data: new Float32Array(data) };
  if (data instanceof Int32Array) return { dtype: "i32", shape: dims, data: new Int32Array(data) };
  throw new Error(`a graph gave ${tensor.type}, which stages don't pass on`);
}
