import { useCallback, useEffect, useReducer, useRef } from "react";
import { apply, type Conversation, emptyConversation, running } from "../apps/chat/conversation.ts";
import type { Sampling } from "../apps/chat/sampling.ts";
import type { Edgeloom } from "../page-api.ts";
import { type Asked, type Run, startRun } from "./run.ts";

export interface Talk {
  readonly conversation: Conversation;
  readonly isRunning: boolean;
  send(prompt: string, sampling: Sampling): void;
  /** Asks the last prompt again. */
  regenerate(sampling: Sampling): void;
  stop(): void;
  clear(): void;
}

/** A conversation with the loaded model; one answer at a time, stopped when the component goes. */
export function useConversation(edgeloom: Edgeloom): Talk {
  const [conversation, dispatch] = useReducer(apply, emptyConversation);
  const current = useRef<Run | null>(null);
  const lastId = useRef(0);
  useEffect(() => () => current.current?.stop(), []);

  const begin = useCallback(
    (asked: Omit<Asked, "id">): void => {
      current.current?.stop();
      current.current = startRun(edgeloom, { ...asked, id: lastId.current }, dispatch);
    },
    [edgeloom],
  );
  const send = (prompt: string, sampling: Sampling): void => {
    lastId.current++;
    const { maxTokens } = sampling;
    dispatch({ type: "started", id: lastId.current, prompt, maxTokens, atMs: performance.now() });
    begin({ prompt, sampling, earlier: conversation.exchanges });
  };
  const regenerate = (sampling: Sampling): void => {
    const last = conversation.exchanges.at(-1);
    if (!last) return;
    lastId.current++;
    const { maxTokens } = sampling;
    dispatch({ type: "regenerated", id: last.id, newId: lastId.current, maxTokens, atMs: performance.now() });
    begin({ prompt: last.prompt, sampling, earlier: conversation.exchanges.slice(0, -1) });
  };
  const stop = useCallback(() => current.current?.stop(), []);
  const clear = useCallback(() => {
    current.current?.stop();
    dispatch({ type: "cleared" });
  }, []);
  return { conversation, isRunning: running(conversation) !== null, send, regenerate, stop, clear };
}
