import { useState } from "react";
import { defaultSamplingFields, parseSampling, type SamplingFields } from "../apps/chat/sampling.ts";
import type { Edgeloom, SwarmSnapshot } from "../page-api.ts";
import { Composer } from "./Composer.tsx";
import { ConversationLog } from "./ConversationLog.tsx";
import { loadStateOf } from "./load-state.ts";
import { Panel } from "./Panel.tsx";
import { SamplingForm } from "./SamplingForm.tsx";
import { useConversation } from "./use-conversation.ts";

interface AskProps {
  readonly edgeloom: Edgeloom;
  readonly snapshot: SwarmSnapshot;
  readonly draft: string;
  readonly onDraft: (draft: string) => void;
  /** A prompt that shows what the loaded model can do. */
  readonly example: string | null;
}

/** The conversation with the model that the room holds. */
export function Ask({ edgeloom, snapshot, draft, onDraft, example }: AskProps) {
  const talk = useConversation(edgeloom);
  const [fields, setFields] = useState<SamplingFields>(defaultSamplingFields);
  const parsed = parseSampling(fields);
  const isReady = loadStateOf(snapshot).type === "ready" && snapshot.model !== null;
  const isChat = snapshot.model?.chat ?? false;
  const isCompletion = snapshot.model !== null && !isChat;
  const { exchanges } = talk.conversation;
  const canAsk = isReady && parsed.type === "valid" && !talk.isRunning;
  const ask = (act: (sampling: Extract<typeof parsed, { type: "valid" }>["sampling"]) => void): void => {
    if (canAsk) act(parsed.sampling);
  };
  return (
    <Panel
      title={isCompletion ? "Complete" : "Ask"}
      className="ask"
      aside={
        exchanges.length > 0 ? (
          <>
            <button
              type="button"
              className="quiet"
              disabled={!canAsk}
              onClick={() => ask((sampling) => talk.regenerate(sampling))}
            >
              Regenerate
            </button>
            <button type="button" className="quiet" onClick={talk.clear}>
              Clear
            </button>
          </>
        ) : null
      }
    >
      <ConversationLog exchanges={exchanges} isChat={isChat}>
        <Invitation
          isReady={isReady}
          isPlaced={snapshot.placement !== null}
          example={example}
          onExample={onDraft}
        />
      </ConversationLog>
      <Composer
        draft={draft}
        onDraft={onDraft}
        isCompletion={isCompletion}
        canSend={canAsk}
        isRunning={talk.isRunning}
        onStop={talk.stop}
        onSend={(prompt) =>
          ask((sampling) => {
            talk.send(prompt, sampling);
            onDraft("");
          })
        }
      />
      <SamplingForm
        fields={fields}
        onFields={setFields}
        problems={parsed.type === "invalid" ? parsed.problems : {}}
      />
    </Panel>
  );
}

interface InvitationProps {
  readonly isReady: boolean;
  readonly isPlaced: boolean;
  readonly example: string | null;
  readonly onExample: (prompt: string) => void;
}

/** What to do while nothing has been said. */
function Invitation({ isReady, isPlaced, example, onExample }: InvitationProps) {
  if (!isReady) {
    const text = isPlaced ? "The model is being loaded." : "Load a model first, then ask it something here.";
    return <p className="teach">{text}</p>;
  }
  return (
    <div className="teach">
      <p>Every word of the answer goes once round the ring above.</p>
      {example === null ? null : (
        <button type="button" className="example" onClick={() => onExample(example)}>
          {example}
        </button>
      )}
    </div>
  );
}
