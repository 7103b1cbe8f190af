import { memo } from "react";
import type { Exchange } from "../apps/chat/conversation.ts";
import { timeToFirstTokenMs, tokensPerSecond } from "../apps/chat/speed.ts";
import { ErrorNote } from "./ErrorNote.tsx";
import { counted, formatMs, formatTokensPerSecond } from "./format.ts";

interface ExchangeViewProps {
  readonly exchange: Exchange;
  readonly isChat: boolean;
}

/** One prompt with its answer, its speed, and how it ended. */
export const ExchangeView = memo(function ExchangeView({ exchange, isChat }: ExchangeViewProps) {
  const { prompt, answer, state } = exchange;
  return (
    <article
      className={isChat ? "exchange exchange-chat" : "exchange exchange-completion"}
      data-testid="exchange"
      data-state={state.type}
    >
      <p className="said said-prompt">
        <span className="unseen">Prompt: </span>
        {prompt}
      </p>
      <p className="said said-answer">
        <span className="unseen">Answer: </span>
        <span data-testid="answer">{answer}</span>
        {state.type === "running" ? <span className="caret" aria-hidden="true" /> : null}
      </p>
      {state.type === "failed" ? <ErrorNote failure={state.failure} /> : null}
      <p className="exchange-facts number" hidden={state.type === "failed" && exchange.tokens === 0}>
        <span data-testid="tokens">{counted(exchange.tokens, "token")}</span>
        <span data-testid="tokens-per-second">{formatTokensPerSecond(tokensPerSecond(exchange))}</span>
        <span data-testid="first-token">first after {formatMs(timeToFirstTokenMs(exchange))}</span>
        {endText(exchange).map((text) => (
          <span key={text}>{text}</span>
        ))}
      </p>
    </article>
  );
});

function endText({ state, maxTokens, leftOut }: Exchange): readonly string[] {
  const texts: string[] = [];
  if (state.type === "cancelled") texts.push("stopped");
  if (state.type === "finished" && state.reason === "length")
    texts.push(`ended at max tokens (${maxTokens})`);
  if (leftOut > 0) texts.push(`${counted(leftOut, "earlier exchange")} left out: no room in the context`);
  return texts;
}
