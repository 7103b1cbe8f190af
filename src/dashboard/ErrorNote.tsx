import type { Failure } from "../tensor/edgeloom-error.ts";
import { titledError } from "./error-title.ts";

interface ErrorNoteProps {
  readonly failure: Failure;
  /** What was being done, said before the error's own title. */
  readonly where?: string;
  /** True where a person has just asked for what failed: then it is announced at once. */
  readonly isUrgent?: boolean;
}

/** An error: its title for people, its name for looking it up, and the facts with the remedy. */
export function ErrorNote({ failure, where, isUrgent = true }: ErrorNoteProps) {
  return (
    <div
      className="note note-error"
      role={isUrgent ? "alert" : undefined}
      data-testid="error"
      data-error={failure.name}
    >
      <p className="note-title">
        {titledError(failure.name, where ?? null)}
        <code className="note-name">{failure.name}</code>
      </p>
      <p>{failure.message}</p>
    </div>
  );
}
