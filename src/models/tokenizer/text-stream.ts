/** Turns token ids into text as they come. */
export interface TextStream {
  /** The text that is certain once this token is known; "" while a character is incomplete. Throws InvalidRequest for an id that isn't one. */
  push(id: number): string;
  /** What was held back; call it once, after the last token. */
  flush(): string;
}

/** How an unfinished UTF-8 character at the end is decoded. */
const replacement = "\uFFFD";
/** Tokens of context that settle how the next one reads, and how many more gather before the older ones are dropped. */
const contextTokens = 16;
const slackTokens = 48;

/**
 * A stream whose pieces, joined, are decode(after ++ ids) less decode(after). Tokens are decoded together with those
 * before them, since a leading space is dropped only at the very start and a character may span tokens; what is told is
 * the growth of that text. The end is held back while it reads as a broken character, which the next token may complete.
 */
export function textStream(decode: (ids: readonly number[]) => string, after: readonly number[]): TextStream {
  let context = [...after];
  let toldLength = settledLength(decode(context));
  return {
    push(id) {
      const text = decode([...context, id]);
      context.push(id);
      const settled = settledLength(text);
      const piece = text.slice(toldLength, settled);
      toldLength = Math.max(toldLength, settled);
      if (context.length > contextTokens + slackTokens && toldLength === text.length) forget();
      return piece;
    },
    flush() {
      const text = decode(context);
      const piece = text.slice(toldLength);
      toldLength = text.length;
      return piece;
    },
  };

  /** Keeps only the last tokens, where these end in a whole character: then whatever drops a space at the start has done so. */
  function forget(): void {
    const tail = context.slice(-contextTokens);
    const text = decode(tail);
    if (text === "" || text.endsWith(replacement)) return;
    context = tail;
    toldLength = text.length;
  }
}

const settledLength = (text: string): number => (text.endsWith(replacement) ? text.length - 1 : text.length);
