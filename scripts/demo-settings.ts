import { parseArgs } from "node:util";

/** What `npm run demo` was asked for. */
export interface DemoSettings {
  readonly tabs: number;
  readonly model: string;
  readonly prompt: string;
  readonly backend: "wasm" | "webgpu";
  /** One JSON document on standard output instead of text. */
  readonly json: boolean;
}

const tabsMax = 32;

/** Reads the command line; throws an Error with one clear sentence. */
export function parseDemoSettings(parameters: readonly string[]): DemoSettings {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      tabs: { type: "string", default: "3" },
      model: { type: "string", default: "fables-1m" },
      prompt: { type: "string", default: "Tell me a story about a brave fox and a lantern." },
      backend: { type: "string", default: "wasm" },
      json: { type: "boolean", default: false },
    },
  });
  const { model, prompt, json } = values;
  if (prompt.trim() === "") throw new Error("--prompt is empty; give the text to go on from.");
  return { tabs: parseTabs(values.tabs), model, prompt, backend: parseBackend(values.backend), json };
}

function parseTabs(text: string): number {
  const tabs = Number(text);
  if (/^\d+$/.test(text) && tabs >= 1 && tabs <= tabsMax) return tabs;
  throw new Error(`--tabs is "${text}"; give a number from 1 to ${tabsMax}.`);
}

function parseBackend(text: string): "wasm" | "webgpu" {
  if (text === "wasm" || text === "webgpu") return text;
  throw new Error(`--backend is "${text}"; give wasm or webgpu.`);
}
