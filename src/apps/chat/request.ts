import type { GenerateRequest } from "../../page-api.ts";
import type { Exchange } from "./conversation.ts";
import type { Sampling } from "./sampling.ts";

/** Tokens that a chat template may put round one exchange: role marks and line ends of two messages. */
const templateTokensPerExchange = 16;

/** What a prompt needs to become a request. */
export interface Asking {
  readonly prompt: string;
  /** Answered before this prompt, oldest first. */
  readonly earlier: readonly Exchange[];
  readonly sampling: Sampling;
  /** Whether the model brings a chat template; without one the prompt is completed as it stands. */
  readonly isChat: boolean;
}

/** The request for this prompt. Earlier exchanges go along in a chat only, and only those that have an answer. */
export function requestFor({ prompt, earlier, sampling, isChat }: Asking): GenerateRequest {
  const { maxTokens, temperature, topK, topP, seed } = sampling;
  return {
    ...(isChat ? { messages: messagesFor(prompt, earlier) } : { prompt }),
    maxTokens,
    temperature,
    ...(topK === null ? {} : { topK }),
    ...(topP === null ? {} : { topP }),
    ...(seed === null ? {} : { seed }),
  };
}

type Message = NonNullable<GenerateRequest["messages"]>[number];

function messagesFor(prompt: string, earlier: readonly Exchange[]): readonly Message[] {
  const past = earlier.filter(hasAnswer).flatMap((exchange): Message[] => [
    { role: "user", content: exchange.prompt },
    { role: "assistant", content: exchange.answer },
  ]);
  return [...past, { role: "user", content: prompt }];
}

/** Whether an exchange says something that later prompts can refer to. */
export const hasAnswer = (exchange: Exchange): boolean =>
  exchange.answer !== "" && (exchange.state.type === "finished" || exchange.state.type === "cancelled");

/**
 * The latest answered exchanges that fit beside the prompt and its answer, oldest first. Counts from the newest back
 * and stops at the first that doesn't fit, so a long conversation costs no more than its context.
 */
export async function recentWithin(
  asking: Asking,
  contextLength: number,
  countTokens: (text: string) => Promise<number>,
): Promise<readonly Exchange[]> {
  const own = (await countTokens(asking.prompt)) + templateTokensPerExchange + asking.sampling.maxTokens;
  let room = contextLength - own;
  const kept: Exchange[] = [];
  for (const exchange of asking.earlier.filter(hasAnswer).toReversed()) {
    if (room < templateTokensPerExchange) break;
    room -= (await countTokens(exchange.prompt + exchange.answer)) + templateTokensPerExchange;
    if (room < 0) break;
    kept.unshift(exchange);
  }
  return kept;
}
