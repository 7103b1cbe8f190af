import { EdgeloomError } from "../tensor/edgeloom-error.ts";

/** What a link is made to look like. */
export interface LinkShape {
  readonly rttMs: number;
  /** Infinity: as fast as the channel below. */
  readonly bytesPerSecond: number;
  /** Probability that a message is lost and comes one round trip later. */
  readonly loss: number;
  /** The most that a message is delayed on top, uniformly. */
  readonly jitterMs: number;
}

/** The keys of the `link` parameter with what they may be. */
const keys: Readonly<
  Record<string, { readonly least: number; readonly most: number; readonly unit: string }>
> = {
  rtt: { least: 0, most: 10_000, unit: "milliseconds" },
  mbps: { least: 0.001, most: 1e6, unit: "megabits per second" },
  loss: { least: 0, most: 0.9, unit: "a probability" },
  jitter: { least: 0, most: 10_000, unit: "milliseconds" },
};

/** The shape that `rtt=40,mbps=20,loss=0.01,jitter=5` describes; any key may be left out. Throws InvalidRequest. */
export function parseLinkShape(text: string): LinkShape {
  const found = new Map<string, number>();
  for (const part of text.split(",")) {
    const [key = "", value = "", ...rest] = part.trim().split("=");
    if (rest.length > 0 || found.has(key)) throw refusal(`"${part}" can't be read`);
    found.set(key, parseValue(key, value));
  }
  const mbps = found.get("mbps");
  return {
    rttMs: found.get("rtt") ?? 0,
    bytesPerSecond: mbps === undefined ? Number.POSITIVE_INFINITY : mbps * 125_000,
    loss: found.get("loss") ?? 0,
    jitterMs: found.get("jitter") ?? 0,
  };
}

function parseValue(key: string, value: string): number {
  const range = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (!range) throw refusal(`"${key}" is none of ${Object.keys(keys).join(", ")}`);
  const number = /^[0-9]+(\.[0-9]+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= range.least && number <= range.most))
    throw refusal(`${key} is "${value}", not ${range.unit} from ${range.least} to ${range.most}`);
  return number;
}

const refusal = (fact: string): EdgeloomError =>
  new EdgeloomError("InvalidRequest", `link=: ${fact}; write it like link=rtt=40,mbps=20,loss=0.01,jitter=5`);
