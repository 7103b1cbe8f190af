import type { Exchange } from "./conversation.ts";

/** Milliseconds from the prompt's start to its first token; null before that. */
export const timeToFirstTokenMs = (exchange: Exchange): number | null =>
  exchange.firstTokenAtMs === null ? null : exchange.firstTokenAtMs - exchange.startedAtMs;

/** Tokens per second after the first one, so that prefill doesn't count; null before the second token. */
export function tokensPerSecond(exchange: Exchange): number | null {
  const { firstTokenAtMs, lastTokenAtMs, tokens } = exchange;
  if (firstTokenAtMs === null || lastTokenAtMs === null || tokens < 2) return null;
  const elapsedMs = lastTokenAtMs - firstTokenAtMs;
  return elapsedMs > 0 ? (1000 * (tokens - 1)) / elapsedMs : null;
}
