import * as v from "valibot";
import type { LoadRequest } from "../page-api.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";

const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const tokenIds = v.pipe(v.array(tokenId), v.minLength(1));
const share = v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(1));
const text = v.pipe(v.string(), v.minLength(1));

const message = v.object({ role: v.picklist(["system", "user", "assistant"]), content: v.string() });

const generateRequest = v.pipe(
  v.object({
    prompt: v.optional(text),
    messages: v.optional(v.pipe(v.array(message), v.minLength(1))),
    promptIds: v.optional(tokenIds),
    maxTokens: count(2 ** 20),
    temperature: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(100)), 0),
    topK: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 20)), 0),
    topP: v.optional(share, 1),
    seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1)), 0),
    stopAtEnd: v.optional(v.boolean(), true),
    speculation: v.optional(v.picklist(["auto", "off", "prompt-lookup"]), "auto"),
  }),
  v.check(
    ({ prompt, messages, promptIds }) =>
      [prompt, messages, promptIds].filter((given) => given !== undefined).length === 1,
    "exactly one of prompt, messages and promptIds is needed",
  ),
);

const range = v.object({
  device: v.string(),
  start: v.pipe(v.number(), v.integer(), v.minValue(0)),
  end: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
const loadRequest = v.object({
  model: text,
  objective: v.optional(v.picklist(["latency", "throughput"]), "latency"),
  weights: v.optional(v.picklist(["f32", "f16", "q8", "q4"]), "f32"),
  wire: v.optional(v.picklist(["f32", "f16", "q8"]), "f32"),
  placement: v.optional(v.pipe(v.array(range), v.minLength(1), v.maxLength(1024))),
  replicas: v.optional(count(64), 1),
  devices: v.optional(v.pipe(v.array(v.string()), v.maxLength(1024))),
});

const evaluateRequest = v.object({ sequences: v.pipe(v.array(tokenIds), v.minLength(1)) });

export type ParsedGenerate = v.InferOutput<typeof generateRequest>;
export type ParsedLoad = v.InferOutput<typeof loadRequest>;

/** A checked request with its defaults. Throws InvalidRequest that names the field. */
export const parseGenerate = (request: unknown): ParsedGenerate => {
  const parsed = parse(generateRequest, request, "generate");
  if (parsed.speculation === "prompt-lookup") throw missing("speculation: prompt-lookup");
  return parsed;
};
export const parseEvaluate = (request: unknown): v.InferOutput<typeof evaluateRequest> =>
  parse(evaluateRequest, request, "evaluate");
/** Checks what comes from a page or from a peer. */
export function parseLoad(request: LoadRequest | unknown): ParsedLoad {
  const parsed = parse(loadRequest, request, "load");
  if (parsed.weights !== "f32") throw missing(`weights: ${parsed.weights}`);
  if (parsed.replicas !== 1) throw missing("replicas above 1");
  return parsed;
}

/** The rejection of a part of the page API that this version doesn't have yet. */
export const missing = (part: string): EdgeloomError =>
  new EdgeloomError(
    "InvalidRequest",
    `this version of Edgeloom has no ${part}; leave it out, or use a later version`,
  );

function parse<const S extends v.GenericSchema>(schema: S, value: unknown, call: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new EdgeloomError(
    "InvalidRequest",
    `${call}: ${v.getDotPath(issue) ?? "the request"}: ${issue.message}`,
  );
}
