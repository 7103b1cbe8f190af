import { parseArgs } from "node:util";

/** What `npm run bench` was asked for. */
export interface BenchSettings {
  /** 1, 2, … up to this many tabs are compared. */
  readonly tabs: number;
  /** Null for the generated checkpoints. */
  readonly model: string | null;
  readonly backend: "wasm" | "webgpu";
  /** WASM threads of each tab; null leaves it to the page. */
  readonly threads: number | null;
  /** Measurements of each number; medians are reported. */
  readonly rounds: number;
  /** New tokens of one measurement. */
  readonly tokens: number;
  /** One JSON document on standard output instead of tables. */
  readonly json: boolean;
}

const tabsMax = 8;

/** Reads the command line; throws an Error with one clear sentence. */
export function parseBenchSettings(parameters: readonly string[]): BenchSettings {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      tabs: { type: "string", default: "3" },
      model: { type: "string" },
      backend: { type: "string", default: "wasm" },
      threads: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  return {
    tabs: parseCount("tabs", values.tabs, tabsMax),
    model: values.model ?? null,
    backend: parseBackend(values.backend),
    threads: values.threads === undefined ? null : parseCount("threads", values.threads, 64),
    rounds: values.quick ? 3 : 7,
    tokens: values.quick ? 24 : 48,
    json: values.json,
  };
}

function parseCount(option: string, text: string, most: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= most) return count;
  throw new Error(`--${option} is "${text}"; give a number from 1 to ${most}.`);
}

function parseBackend(text: string): "wasm" | "webgpu" {
  if (text === "wasm" || text === "webgpu") return text;
  throw new Error(`--backend is "${text}"; give wasm or webgpu.`);
}
