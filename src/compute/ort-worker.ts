import { expose, transfer } from "comlink";
import { createOrtRuntime } from "./ort-runtime.ts";
import type { Runtime } from "./runtime.ts";

// ORT's own threads start from this very bundle; only the first of them is the runtime.
if (!self.name.startsWith("em-pthread")) {
  const runtime = createOrtRuntime();
  const exposed: Runtime = {
    ...runtime,
    // Results are moved to the caller, not copied.
    async run(call) {
      const result = await runtime.run(call);
      return transfer(
        result,
        Object.values(result.outputs).map(({ data }) => data.buffer),
      );
    },
  };
  expose(exposed);
}
