import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type OrtModule, type OrtSession, type OrtTensor, toOrt } from "./ort.ts";
import type { Program } from "./runtime.ts";

/** What sessions of a thread share. */
export interface Engine {
  readonly ort: OrtModule;
  /** The one GPU device of the thread; null on WASM. */
  readonly gpu: GPUDevice | null;
}

/** Throws DoesNotFit when memory runs out. */
export async function createSession({ ort, gpu }: Engine, program: Program): Promise<OrtSession> {
  const providers = gpu ? [{ name: "webgpu" as const, device: gpu }] : ["wasm" as const];
  const resident = Object.fromEntries(program.residentOutputs.map((name) => [name, "gpu-buffer" as const]));
  try {
    return await ort.InferenceSession.create(program.onnx, {
      executionProviders: providers,
      externalData: program.weights.map(({ name, data }) => ({
        path: name,
        data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      logSeverityLevel: 3,
      ...(gpu && program.residentOutputs.length > 0 ? { preferredOutputLocation: resident } : {}),
    });
  } catch (error) {
    throw outOfMemory(error) ? doesNotFit(program, error) : error;
  }
}

const outOfMemory = (error: unknown): boolean =>
  error instanceof RangeError ||
  /bad_alloc|out of memory|allocation failed|exceeds the max buffer size/i.test(String(error));

function doesNotFit(program: Program, error: unknown): EdgeloomError {
  const bytes = program.weights.reduce((sum, { data }) => sum + data.byteLength, 0);
  return new EdgeloomError(
    "DoesNotFit",
    `this device could not hold ${bytes} bytes of weights (${error instanceof Error ? error.message : String(error)}); add a device, or lower its memory= so that it gets a smaller slice`,
  );
}

/** Feeds every input and gives every output, as ORT's tensors. */
export async function runSession(
  engine: Engine,
  session: OrtSession,
  feeds: {
    readonly tensors: Readonly<Record<string, Tensor>>;
    readonly resident: Readonly<Record<string, OrtTensor>>;
  },
): Promise<Readonly<Record<string, OrtTensor>>> {
  const inputs: Record<string, OrtTensor> = { ...feeds.resident };
  for (const [name, tensor] of Object.entries(feeds.tensors)) inputs[name] = toOrt(engine.ort, tensor);
  return session.run(inputs);
}
