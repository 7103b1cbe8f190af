import { type KeyboardEvent, useId, useState } from "react";
import type { BundledModel } from "./bundled-model.ts";

interface ModelSourceProps {
  readonly models: readonly BundledModel[];
  /** The reference that is chosen, "" while none is. */
  readonly model: string;
  readonly onModel: (model: string) => void;
}

/** A bundled model, or any reference: a Hugging Face folder or a URL. */
export function ModelSource({ models, model, onModel }: ModelSourceProps) {
  const group = useId();
  const [isOther, setOther] = useState(models.length === 0);
  const [typed, setTyped] = useState("");
  return (
    <fieldset className="choices">
      <legend>Checkpoint</legend>
      {models.map(({ ref, title, note }) => (
        <label key={ref} className="choice">
          <input
            type="radio"
            name={group}
            checked={!isOther && model === ref}
            onChange={() => {
              setOther(false);
              onModel(ref);
            }}
          />
          <span>
            <span className="choice-title">{title}</span>
            <span className="hint">{note}</span>
          </span>
        </label>
      ))}
      <label className="choice">
        <input
          type="radio"
          name={group}
          checked={isOther}
          onChange={() => {
            setOther(true);
            onModel(typed.trim());
          }}
        />
        <span>
          <span className="choice-title">Another checkpoint</span>
          <span className="hint">A Hugging Face folder or a URL</span>
        </span>
      </label>
      {isOther ? <ReferenceField typed={typed} onTyped={setTyped} onModel={onModel} /> : null}
    </fieldset>
  );
}

interface ReferenceFieldProps {
  readonly typed: string;
  readonly onTyped: (typed: string) => void;
  readonly onModel: (model: string) => void;
}

function ReferenceField({ typed, onTyped, onModel }: ReferenceFieldProps) {
  const hint = useId();
  const commit = (): void => onModel(typed.trim());
  const commitOnEnter = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    // The first Enter shows what would be placed; loading is a second decision.
    event.preventDefault();
    commit();
  };
  return (
    <div className="reference">
      <input
        type="text"
        aria-label="Model reference"
        aria-describedby={hint}
        placeholder="hf:owner/name"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        maxLength={2000}
        value={typed}
        onChange={(event) => onTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={commitOnEnter}
      />
      <p className="hint" id={hint}>
        <code>hf:owner/name@revision</code>, or the URL of a folder with <code>config.json</code>,{" "}
        <code>tokenizer.json</code> and <code>model.safetensors</code>. Each device fetches only the bytes of
        its own layers. Enter shows the plan.
      </p>
    </div>
  );
}
