import { availableParallelism, cpus } from "node:os";
import type { Browser } from "playwright";

/** What the numbers depend on. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly node: string;
  readonly chromium: string;
}

export const machineOf = (browser: Browser): Machine => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model.trim() || "unknown",
  node: process.versions.node,
  chromium: browser.version(),
});
