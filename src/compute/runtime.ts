import type { AttentionForm, DecoderShape } from "../models/decoder.ts";
import type { Tensor } from "../tensor/tensor.ts";

export type Backend = "webgpu" | "wasm";

export interface RuntimeOptions {
  readonly backend: Backend | "auto";
  /** WASM threads; null lets the browser's cores decide. */
  readonly threads: number | null;
  /** Memory for weights and caches in bytes; null has it probed. */
  readonly memoryBudgetBytes: number | null;
  /** Emulation of a slower device: every computation takes this many times as long. */
  readonly slow: number;
}

/** What a device was found to be able to do. */
export interface DeviceProfile {
  readonly backend: Backend;
  readonly threads: number;
  readonly memoryBudgetBytes: number;
  /** Of a short matrix product, in 10⁹ floating-point operations per second. */
  readonly gflops: number;
}

/** What decides whether the fused attention kernel works: counts of heads and values. */
export type HeadShape = Pick<DecoderShape, "heads" | "kvHeads" | "headDim">;

/** A graph with its weights, to be run many times. */
export interface Program {
  readonly id: string;
  /** ONNX file whose weights are external, by name. */
  readonly onnx: Uint8Array<ArrayBuffer>;
  readonly weights: readonly { readonly name: string; readonly data: Float32Array<ArrayBuffer> }[];
  /** Outputs that stay on the device, to be fed again. */
  readonly residentOutputs: readonly string[];
}

/** A value that stays on the device between calls: read as `input`, replaced by `output`. */
export interface Resident {
  readonly key: string;
  readonly input: string;
  readonly output: string;
  /** Its shape before the first call; it has no elements then. */
  readonly emptyShape: readonly number[];
}

export interface Call {
  readonly program: string;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly residents: readonly Resident[];
  /** Outputs wanted back. */
  readonly fetch: readonly string[];
}

export interface CallResult {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly computeMs: number;
}

export interface MemoryUse {
  readonly weightBytes: number;
  readonly residentBytes: number;
}

/** Runs graphs on this device: one thread, one call at a time. All methods are safe to call at once; they queue. */
export interface Runtime {
  /** Picks the backend and measures the device; call it first, once. */
  start(options: RuntimeOptions): Promise<DeviceProfile>;
  /** Throws DoesNotFit when the device runs out of memory. */
  load(program: Program): Promise<void>;
  /** Frees the program's weights, and the residents that its calls left. */
  unload(programId: string): Promise<void>;
  /** Throws DeviceLost when the GPU went away. */
  run(call: Call): Promise<CallResult>;
  /** Frees every resident whose key begins with `prefix`. */
  free(prefix: string): Promise<void>;
  memory(): Promise<MemoryUse>;
  /** Tests and times the two forms of attention for this shape of heads; fused only where it was found right and no slower. */
  attentionForm(shape: HeadShape): Promise<AttentionForm>;
}
