import type { DeviceProfile, Runtime, RuntimeOptions } from "./runtime.ts";
import type { RuntimeThread } from "./start-runtime.ts";

/** A runtime whose thread can be replaced: WASM memory never shrinks, so this is how a device gets its memory back. */
export interface RenewableRuntime {
  readonly runtime: Runtime;
  readonly profile: DeviceProfile;
  /** Ends the thread and starts another. Programs and residents are gone; calls made meanwhile wait. */
  renew(): Promise<void>;
}

/** Starts the first thread; rejects as its `start` does. */
export async function startRenewable(
  spawn: () => RuntimeThread,
  options: RuntimeOptions,
): Promise<RenewableRuntime> {
  let thread = spawn();
  let started: Promise<unknown> = Promise.resolve();
  const profile = await thread.runtime.start(options);
  const whenStarted = async <T>(call: (runtime: Runtime) => Promise<T>): Promise<T> => {
    await started;
    return call(thread.runtime);
  };
  return {
    profile,
    runtime: {
      start: (again) => whenStarted((runtime) => runtime.start(again)),
      load: (program) => whenStarted((runtime) => runtime.load(program)),
      unload: (programId) => whenStarted((runtime) => runtime.unload(programId)),
      run: (call) => whenStarted((runtime) => runtime.run(call)),
      free: (prefix) => whenStarted((runtime) => runtime.free(prefix)),
      memory: () => whenStarted((runtime) => runtime.memory()),
      attentionForm: (shape) => whenStarted((runtime) => runtime.attentionForm(shape)),
    },
    async renew() {
      thread.close();
      thread = spawn();
      started = thread.runtime.start({ ...options, memoryBudgetBytes: profile.memoryBudgetBytes });
      await started;
    },
  };
}
