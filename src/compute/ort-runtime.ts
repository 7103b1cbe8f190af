import type { AttentionForm } from "../models/decoder.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { requestGpuDevice } from "./gpu-device.ts";
import { createLock } from "./lock.ts";
import { probeMemoryBytes } from "./memory-budget.ts";
import { fromOrt, importOrt, type OrtModule, type OrtSession, type OrtTensor } from "./ort.ts";
import { createResidents, type Residents } from "./residents.ts";
import type {
  Backend,
  Call,
  CallResult,
  DeviceProfile,
  Program,
  Runtime,
  RuntimeOptions,
} from "./runtime.ts";
import { attentionForm, measureGflops } from "./self-test.ts";
import { createSession, type Engine, runSession } from "./session.ts";

interface Loaded {
  readonly session: OrtSession;
  readonly weightBytes: number;
}

interface Started {
  readonly engine: Engine;
  readonly residents: Residents;
  readonly slow: number;
}

/** ONNX Runtime on this thread. `load` chooses its build, so that Node can bring its own. */
export function createOrtRuntime(load: (backend: Backend) => Promise<OrtModule> = importOrt): Runtime {
  const lock = createLock();
  const testing = createLock();
  const programs = new Map<string, Loaded>();
  const forms = new Map<string, Promise<AttentionForm>>();
  let started: Started | null = null;
  const live = (): Started => {
    if (!started) throw new Error("the runtime was used before start()");
    return started;
  };
  const drop = async (programId: string): Promise<void> => {
    live().residents.freeOf(programId);
    await programs.get(programId)?.session.release();
    programs.delete(programId);
  };

  const runtime: Runtime = {
    async start(options) {
      const engine = await lock(() => startEngine(options, load));
      started = { engine, residents: createResidents(engine.ort), slow: options.slow };
      return profile(runtime, engine, options);
    },
    load: (program) =>
      lock(async () => {
        await drop(program.id);
        const session = await createSession(live().engine, program);
        programs.set(program.id, { session, weightBytes: weightBytesOf(program) });
      }),
    unload: (programId) => lock(() => drop(programId)),
    run: (call) =>
      lock(() => {
        const program = programs.get(call.program);
        if (!program)
          throw new EdgeloomError(
            "DeviceLost",
            `no program ${call.program} is loaded here; load the model again`,
          );
        return runCall(live(), program.session, call);
      }),
    free: (prefix) => lock(async () => live().residents.free(prefix)),
    memory: async () => ({
      weightBytes: [...programs.values()].reduce((sum, { weightBytes }) => sum + weightBytes, 0),
      residentBytes: started?.residents.bytes() ?? 0,
    }),
    attentionForm(shape) {
      const key = `${shape.heads}/${shape.kvHeads}/${shape.headDim}`;
      const form = forms.get(key) ?? testing(() => attentionForm(runtime, shape));
      forms.set(key, form);
      return form;
    },
  };
  return runtime;
}

const weightBytesOf = ({ weights }: Program): number =>
  weights.reduce((sum, { data }) => sum + data.byteLength, 0);

async function startEngine(
  { backend, threads }: RuntimeOptions,
  load: (backend: Backend) => Promise<OrtModule>,
): Promise<Engine> {
  const gpu = backend === "wasm" ? null : await requestGpuDevice();
  if (!gpu && backend === "webgpu")
    throw new EdgeloomError(
      "DeviceLost",
      "this browser offers no WebGPU adapter; open the page with backend=wasm, or over https in a browser that has one",
    );
  const ort = await load(gpu ? "webgpu" : "wasm");
  ort.env.logLevel = "error";
  if (gpu) ort.env.wasm.numThreads = 1;
  else if (threads !== null) ort.env.wasm.numThreads = threads;
  return { ort, gpu };
}

async function profile(runtime: Runtime, engine: Engine, options: RuntimeOptions): Promise<DeviceProfile> {
  const gflops = await measureGflops(runtime);
  return {
    backend: engine.gpu ? "webgpu" : "wasm",
    // 0 stands for "as many as ORT likes" until the first session was made.
    threads: Math.max(1, engine.ort.env.wasm.numThreads ?? 1),
    memoryBudgetBytes: options.memoryBudgetBytes ?? probeMemoryBytes(),
    gflops,
  };
}

async function runCall(
  { engine, residents, slow }: Started,
  session: OrtSession,
  call: Call,
): Promise<CallResult> {
  const startedAt = performance.now();
  const outputs = await runSession(engine, session, {
    tensors: call.feeds,
    resident: residents.feeds(call.residents),
  });
  const fetched = Object.fromEntries(call.fetch.map((name) => [name, fetchedOutput(outputs, name)]));
  residents.replace(call.program, call.residents, outputs);
  const kept = new Set([...call.fetch, ...call.residents.map(({ output }) => output)]);
  for (const [name, value] of Object.entries(outputs)) if (!kept.has(name)) value.dispose();
  const elapsedMs = performance.now() - startedAt;
  if (slow > 1) await new Promise((resume) => setTimeout(resume, (slow - 1) * elapsedMs));
  return { outputs: fetched, computeMs: performance.now() - startedAt };
}

function fetchedOutput(outputs: Readonly<Record<string, OrtTensor>>, name: string): Tensor {
  const value = outputs[name];
  if (!value) throw new Error(`the graph gave no ${name}`);
  return fromOrt(value);
}
