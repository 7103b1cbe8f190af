import { elementCount } from "../tensor/dtype.ts";
import { f32Tensor } from "../tensor/tensor.ts";
import { type OrtModule, type OrtTensor, toOrt } from "./ort.ts";
import type { Resident } from "./runtime.ts";

/** Values that stay on the device between calls, by key; in GPU buffers on WebGPU, in the thread's memory on WASM. */
export interface Residents {
  /** The value of each resident's input; one without elements where there is none yet. */
  feeds(wanted: readonly Resident[]): Readonly<Record<string, OrtTensor>>;
  /** Puts the outputs of a call of this program in the place of what it was fed, which is freed. */
  replace(program: string, wanted: readonly Resident[], outputs: Readonly<Record<string, OrtTensor>>): void;
  free(prefix: string): void;
  /** Frees what a program gave. Must come before its session goes: ORT can't free a tensor of a session that is gone. */
  freeOf(program: string): void;
  bytes(): number;
}

interface Held {
  readonly program: string;
  readonly value: OrtTensor;
}

export function createResidents(ort: OrtModule): Residents {
  const held = new Map<string, Held>();
  const freeWhere = (goes: (key: string, entry: Held) => boolean) => {
    for (const [key, entry] of held)
      if (goes(key, entry)) {
        entry.value.dispose();
        held.delete(key);
      }
  };
  return {
    feeds: (wanted) =>
      Object.fromEntries(
        wanted.map(({ key, input, emptyShape }) => [
          input,
          held.get(key)?.value ?? toOrt(ort, f32Tensor(emptyShape)),
        ]),
      ),
    replace(program, wanted, outputs) {
      for (const { key, output } of wanted) {
        const value = outputs[output];
        if (!value) throw new Error(`the graph gave no ${output}`);
        held.get(key)?.value.dispose();
        held.set(key, { program, value });
      }
    },
    free: (prefix) => freeWhere((key) => key.startsWith(prefix)),
    freeOf: (program) => freeWhere((_key, entry) => entry.program === program),
    bytes: () => [...held.values()].reduce((sum, { value }) => sum + 4 * elementCount(value.dims), 0),
  };
}
