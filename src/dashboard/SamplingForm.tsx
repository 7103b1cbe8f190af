import { useId } from "react";
import type { Sampling, SamplingFields, SamplingProblems } from "../apps/chat/sampling.ts";

interface Row {
  readonly field: keyof Sampling;
  readonly label: string;
  readonly placeholder: string;
  readonly step: string;
}

const rows: readonly Row[] = [
  { field: "maxTokens", label: "Max tokens", placeholder: "", step: "1" },
  { field: "temperature", label: "Temperature", placeholder: "", step: "0.1" },
  { field: "topK", label: "Top-k", placeholder: "all", step: "1" },
  { field: "topP", label: "Top-p", placeholder: "1", step: "0.05" },
  { field: "seed", label: "Seed", placeholder: "any", step: "1" },
];

interface SamplingFormProps {
  readonly fields: SamplingFields;
  readonly onFields: (fields: SamplingFields) => void;
  readonly problems: SamplingProblems;
}

/** How the next token is drawn. */
export function SamplingForm({ fields, onFields, problems }: SamplingFormProps) {
  const sentences = Object.values(problems);
  return (
    <>
      <p className="problem" role="status" data-testid="sampling-problem">
        {sentences.join(" ")}
      </p>
      <details className="more">
        <summary>Settings</summary>
        <div className="sampling">
          {rows.map((row) => (
            <NumberField
              key={row.field}
              row={row}
              text={fields[row.field]}
              isWrong={problems[row.field] !== undefined}
              onText={(text) => onFields({ ...fields, [row.field]: text })}
            />
          ))}
        </div>
        <p className="hint">
          Temperature 0 always takes the likeliest token: with the exact wire format the same answer, whatever
          the placement. Above 0 it is drawn; a seed makes the draw repeatable.
        </p>
      </details>
    </>
  );
}

interface NumberFieldProps {
  readonly row: Row;
  readonly text: string;
  readonly isWrong: boolean;
  readonly onText: (text: string) => void;
}

function NumberField({ row, text, isWrong, onText }: NumberFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{row.label}</label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        min={0}
        step={row.step}
        placeholder={row.placeholder}
        aria-invalid={isWrong}
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
    </div>
  );
}
