import type { Failure } from "../../tensor/edgeloom-error.ts";

/** One prompt and what became of it. */
export interface Exchange {
  readonly id: number;
  readonly prompt: string;
  readonly answer: string;
  readonly state: ExchangeState;
  /** Tokens of the answer so far. */
  readonly tokens: number;
  readonly maxTokens: number;
  /** Times of one clock, the caller's. */
  readonly startedAtMs: number;
  readonly firstTokenAtMs: number | null;
  readonly lastTokenAtMs: number | null;
  /** Earlier exchanges that did not go with this prompt, because the context has no room for them. */
  readonly leftOut: number;
}

type ExchangeState =
  | { readonly type: "running" }
  | { readonly type: "finished"; readonly reason: "stop" | "length" }
  | { readonly type: "cancelled" }
  | { readonly type: "failed"; readonly failure: Failure };

export interface Conversation {
  /** Oldest first; at most the last one runs. */
  readonly exchanges: readonly Exchange[];
}

export type ConversationEvent =
  | {
      readonly type: "started";
      readonly id: number;
      readonly prompt: string;
      readonly maxTokens: number;
      readonly atMs: number;
    }
  | { readonly type: "trimmed"; readonly id: number; readonly leftOut: number }
  | { readonly type: "token"; readonly id: number; readonly text: string; readonly atMs: number }
  | { readonly type: "finished"; readonly id: number }
  | { readonly type: "cancelled"; readonly id: number }
  | { readonly type: "failed"; readonly id: number; readonly failure: Failure }
  /** The last exchange is asked again under a new id; its answer so far is dropped. */
  | {
      readonly type: "regenerated";
      readonly id: number;
      readonly newId: number;
      readonly maxTokens: number;
      readonly atMs: number;
    }
  | { readonly type: "cleared" };

export const emptyConversation: Conversation = { exchanges: [] };

/**
 * The conversation after an event. Total: an event about an exchange that doesn't run (a token that was on its way
 * when the person stopped) changes nothing, and then the same object comes back.
 */
export function apply(conversation: Conversation, event: ConversationEvent): Conversation {
  switch (event.type) {
    case "cleared":
      return conversation.exchanges.length === 0 ? conversation : emptyConversation;
    case "started":
      return running(conversation) ? conversation : append(conversation, begun(event.id, event));
    case "regenerated":
      return regenerated(conversation, event);
    case "trimmed":
    case "token":
    case "finished":
    case "cancelled":
    case "failed":
      return change(conversation, event);
    default:
      return event satisfies never;
  }
}

/** The exchange that is being answered, or null. */
export function running(conversation: Conversation): Exchange | null {
  const last = conversation.exchanges.at(-1);
  return last?.state.type === "running" ? last : null;
}

type EventOfRunning = Extract<
  ConversationEvent,
  { type: "trimmed" | "token" | "finished" | "cancelled" | "failed" }
>;

function change(conversation: Conversation, event: EventOfRunning): Conversation {
  const exchange = running(conversation);
  if (exchange?.id !== event.id) return conversation;
  return replaceLast(conversation, changed(exchange, event));
}

function changed(exchange: Exchange, event: EventOfRunning): Exchange {
  switch (event.type) {
    case "trimmed":
      return { ...exchange, leftOut: event.leftOut };
    case "token":
      return {
        ...exchange,
        answer: exchange.answer + event.text,
        tokens: exchange.tokens + 1,
        firstTokenAtMs: exchange.firstTokenAtMs ?? event.atMs,
        lastTokenAtMs: event.atMs,
      };
    case "finished": {
      const reason = exchange.tokens >= exchange.maxTokens ? "length" : "stop";
      return { ...exchange, state: { type: "finished", reason } };
    }
    case "cancelled":
      return { ...exchange, state: { type: "cancelled" } };
    case "failed":
      return { ...exchange, state: { type: "failed", failure: event.failure } };
    default:
      return event satisfies never;
  }
}

function regenerated(
  conversation: Conversation,
  event: Extract<ConversationEvent, { type: "regenerated" }>,
): Conversation {
  const last = conversation.exchanges.at(-1);
  if (last?.id !== event.id || last.state.type === "running") return conversation;
  return replaceLast(conversation, begun(event.newId, { ...event, prompt: last.prompt }));
}

function begun(
  id: number,
  of: { readonly prompt: string; readonly maxTokens: number; readonly atMs: number },
): Exchange {
  return {
    id,
    prompt: of.prompt,
    answer: "",
    state: { type: "running" },
    tokens: 0,
    maxTokens: of.maxTokens,
    startedAtMs: of.atMs,
    firstTokenAtMs: null,
    lastTokenAtMs: null,
    leftOut: 0,
  };
}

const append = (conversation: Conversation, exchange: Exchange): Conversation => ({
  exchanges: [...conversation.exchanges, exchange],
});

const replaceLast = (conversation: Conversation, exchange: Exchange): Conversation => ({
  exchanges: [...conversation.exchanges.slice(0, -1), exchange],
});
