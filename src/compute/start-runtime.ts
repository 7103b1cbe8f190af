import { releaseProxy, transfer, wrap } from "comlink";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { Program, Runtime } from "./runtime.ts";

/** A runtime on a thread of its own, and how to end it: ending it is the only way to get all of its memory back. */
export interface RuntimeThread {
  readonly runtime: Runtime;
  close(): void;
}

/**
 * Starts ONNX Runtime in a worker. It is a thread apart from the links: a WASM run blocks its thread, and a blocked
 * thread answers no heartbeat.
 */
export function startRuntime(): RuntimeThread {
  const worker = new Worker(new URL("./ort-worker.ts", import.meta.url), { type: "module", name: "ort" });
  const remote = wrap<Runtime>(worker);
  // A thread that died answers nothing; whoever waits for it must hear so.
  const waiting = new Set<(reason: EdgeloomError) => void>();
  let ended: EdgeloomError | null = null;
  const end = (reason: EdgeloomError): void => {
    ended ??= reason;
    for (const reject of waiting) reject(ended);
    waiting.clear();
  };
  worker.addEventListener("error", ({ message }) =>
    end(
      new EdgeloomError(
        "DeviceLost",
        `the compute thread of this tab died (${message || "out of memory?"}); reload the tab`,
      ),
    ),
  );
  const alive = async <T>(answer: Promise<T>): Promise<T> => {
    if (ended) throw ended;
    let leave: (reason: EdgeloomError) => void = () => {};
    const death = new Promise<never>((_, reject) => {
      leave = reject;
    });
    waiting.add(leave);
    try {
      return await Promise.race([answer, death]);
    } finally {
      waiting.delete(leave);
    }
  };
  return {
    runtime: {
      start: (options) => alive(remote.start(options)),
      load: (program) => alive(remote.load(transfer(program, buffersOf(program)))),
      unload: (programId) => alive(remote.unload(programId)),
      run: (call) => {
        const buffers = Object.values(call.feeds).map(({ data }) => data.buffer);
        return alive(remote.run(transfer(call, buffers)));
      },
      free: (prefix) => alive(remote.free(prefix)),
      memory: () => alive(remote.memory()),
      attentionForm: (shape) => alive(remote.attentionForm(shape)),
    },
    close() {
      end(new EdgeloomError("Cancelled", "the compute thread of this tab was ended"));
      remote[releaseProxy]();
      worker.terminate();
    },
  };
}

/** Weights may share the buffer of the range they were fetched with; each buffer is moved once. */
const buffersOf = ({ onnx, weights }: Program): ArrayBuffer[] => [
  ...new Set([onnx.buffer, ...weights.map(({ data }) => data.buffer)]),
];
