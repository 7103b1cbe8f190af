/** What a JSON text holds, counted without building any of it. */
export interface JsonOutline {
  /** Deepest nesting of objects and arrays. */
  readonly depth: number;
  /** Keys of the outermost object, repeated ones included. */
  readonly topKeys: number;
  /** Objects and arrays, the outermost included. */
  readonly containers: number;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
/** "[" and "{"; in ASCII each closes two places further on. */
const bracket = 0x5b;
const brace = 0x7b;

/**
 * One pass over the UTF-8 bytes of a JSON text. Parsing costs many times a text's own bytes when it is made of empty
 * arrays, so a hostile text is judged by this outline first. Of bytes that are no JSON the counts mean nothing.
 */
export function outlineOf(json: Uint8Array): JsonOutline {
  let depth = 0;
  let deepest = 0;
  let topKeys = 0;
  let containers = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!;
    if (byte === quote) i = closingQuote(json, i);
    else if (byte === bracket || byte === brace) {
      containers++;
      depth++;
      deepest = Math.max(deepest, depth);
    } else if (byte === bracket + 2 || byte === brace + 2) depth--;
    else if (byte === colon && depth === 1) topKeys++;
  }
  return { depth: deepest, topKeys, containers };
}

/** Index of the quote that ends the string which begins at `start`; an escaped one doesn't. */
function closingQuote(json: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < json.length && json[i] !== quote) i += json[i] === backslash ? 2 : 1;
  return i;
}
