import { type ReactNode, useLayoutEffect, useRef } from "react";
import type { Exchange } from "../apps/chat/conversation.ts";
import { ExchangeView } from "./ExchangeView.tsx";

/** How far from its end a log still counts as being read at the end. */
const nearEndPx = 48;

interface ConversationLogProps {
  readonly exchanges: readonly Exchange[];
  readonly isChat: boolean;
  /** Shown while nothing has been said. */
  readonly children: ReactNode;
}

/** What was asked and answered; follows the answer as it grows, unless the person has scrolled back. */
export function ConversationLog({ exchanges, isChat, children }: ConversationLogProps) {
  const log = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const last = exchanges.at(-1);
  const isRunning = last?.state.type === "running";
  const grown = `${last?.id} ${last?.tokens} ${last?.state.type}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what grew is why it scrolls
  useLayoutEffect(() => {
    if (log.current && isAtEnd.current) log.current.scrollTop = log.current.scrollHeight;
  }, [grown]);
  return (
    <div
      ref={log}
      className="log"
      role="log"
      aria-label="Conversation"
      aria-live="polite"
      aria-busy={isRunning}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a log that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < nearEndPx;
      }}
    >
      {exchanges.length === 0 ? children : null}
      {exchanges.map((exchange) => (
        <ExchangeView key={exchange.id} exchange={exchange} isChat={isChat} />
      ))}
    </div>
  );
}
