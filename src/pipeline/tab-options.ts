import * as v from "valibot";
import type { RuntimeOptions } from "../compute/runtime.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { type LinkShape, parseLinkShape } from "../transport/link-shape.ts";

/** What the page's address asks of this tab; `contract` of the URL parameters is in the README. */
export interface TabOptions {
  readonly name: string | null;
  readonly role: "device" | "client" | "viewer";
  readonly runtime: RuntimeOptions;
  readonly link: LinkShape | null;
  readonly iceServers: readonly RTCIceServer[];
  readonly relayOnly: boolean;
}

const iceServers = v.pipe(
  v.array(
    v.object({
      urls: v.union([v.string(), v.array(v.string())]),
      username: v.exactOptional(v.string()),
      credential: v.exactOptional(v.string()),
    }),
  ),
  v.maxLength(16),
);

/** Reads the parameters. Throws InvalidRequest that names the parameter. */
export function parseTabOptions(parameters: URLSearchParams): TabOptions {
  const link = parameters.get("link");
  return {
    name: parameters.get("name")?.slice(0, 60) || null,
    role: choice(parameters, "role", ["device", "client", "viewer"] as const),
    runtime: {
      backend: choice(parameters, "backend", ["auto", "webgpu", "wasm"] as const),
      threads: wholeNumber(parameters, "threads", 64),
      memoryBudgetBytes: parseBytes(parameters.get("memory")),
      slow: parseSlow(parameters.get("slow")),
    },
    link: link ? parseLinkShape(link) : null,
    iceServers: parseIce(parameters.get("ice")),
    relayOnly: choice(parameters, "relay", ["any", "only"] as const) === "only",
  };
}

/** The first choice is the default. */
function choice<const T extends string>(
  parameters: URLSearchParams,
  name: string,
  choices: readonly [T, ...T[]],
): T {
  const given = parameters.get(name);
  if (given === null) return choices[0];
  const found = choices.find((one) => one === given);
  if (found === undefined) throw invalid(name, given, choices.join(", "));
  return found;
}

function wholeNumber(parameters: URLSearchParams, name: string, most: number): number | null {
  const given = parameters.get(name);
  if (given === null) return null;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw invalid(name, given, `a whole number from 1 to ${most}`);
  return value;
}

const unitBytes: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** Bytes of a text such as "256MB". */
export function parseBytes(text: string | null): number | null {
  if (text === null) return null;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([KMG]?i?B)$/i.exec(text) ?? [];
  const factor = unitBytes[(unit ?? "").toUpperCase()];
  if (digits === undefined || factor === undefined)
    throw invalid("memory", text, "a size such as 256MB or 1.5GB");
  return Math.round(Number(digits) * factor);
}

function parseSlow(text: string | null): number {
  const value = text === null ? 1 : Number(text);
  if (!(value >= 1 && value <= 1000)) throw invalid("slow", text ?? "", "a number from 1 to 1000");
  return value;
}

function parseIce(text: string | null): readonly RTCIceServer[] {
  if (text === null) return [];
  try {
    return v.parse(iceServers, JSON.parse(text));
  } catch {
    throw invalid("ice", text, 'JSON such as [{"urls":"stun:host:3478"}]');
  }
}

const invalid = (name: string, given: string, wanted: string): EdgeloomError =>
  new EdgeloomError(
    "InvalidRequest",
    `${name}=${given.slice(0, 80)} in this page's address is not ${wanted}; correct the address`,
  );
