import { type KeyboardEvent, type SubmitEvent, useRef } from "react";

interface ComposerProps {
  readonly draft: string;
  readonly onDraft: (draft: string) => void;
  readonly isCompletion: boolean;
  readonly canSend: boolean;
  readonly isRunning: boolean;
  readonly onSend: (prompt: string) => void;
  readonly onStop: () => void;
}

/** The prompt box: Enter sends, Shift+Enter breaks the line. */
export function Composer({
  draft,
  onDraft,
  isCompletion,
  canSend,
  isRunning,
  onSend,
  onStop,
}: ComposerProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  // The button under the pointer goes away; on a phone, though, focus would bring the keyboard over the answer.
  const keepFocus = (): void => {
    if (matchMedia("(pointer: fine)").matches) box.current?.focus();
  };
  const send = (): void => {
    if (!canSend || draft.trim() === "") return;
    onSend(draft);
    keepFocus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // While an input method composes, Enter only accepts its suggestion.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    send();
  };
  return (
    <form className="composer" onSubmit={onSubmit}>
      <textarea
        ref={box}
        aria-label="Prompt"
        rows={2}
        placeholder={isCompletion ? "Write a beginning…" : "Ask something…"}
        value={draft}
        onChange={(event) => onDraft(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {isRunning ? (
        <button
          type="button"
          key="stop"
          className="stop"
          onClick={() => {
            onStop();
            keepFocus();
          }}
        >
          Stop
        </button>
      ) : (
        <button type="submit" key="send" className="primary" disabled={!canSend || draft.trim() === ""}>
          Send
        </button>
      )}
    </form>
  );
}
