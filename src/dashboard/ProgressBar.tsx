import { formatPercent, fraction } from "./format.ts";

interface ProgressBarProps {
  readonly label: string;
  /** Null while nobody knows how far it is. */
  readonly part: number | null;
  readonly whole: number;
}

/** A bar of fixed height: its numbers change, its place doesn't. */
export function ProgressBar({ label, part, whole }: ProgressBarProps) {
  const share = part === null ? null : fraction(part, whole);
  return (
    <progress className="bar" aria-label={label} max={1} {...(share === null ? {} : { value: share })}>
      {share === null ? null : formatPercent(share)}
    </progress>
  );
}
