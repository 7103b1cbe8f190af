import { useState } from "react";
import type { Device, Notice } from "../page-api.ts";
import { titledError } from "./error-title.ts";
import { nameOf } from "./ring.ts";

const shownAtOnce = 3;

interface NoticesProps {
  readonly notices: readonly Notice[];
  readonly devices: readonly Device[];
}

/** What went wrong in the room lately, newest first, until the person dismisses it. */
export function Notices({ notices, devices }: NoticesProps) {
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const [isWhole, setWhole] = useState(false);
  const left = notices.filter((notice) => !dismissed.has(keyOf(notice))).toReversed();
  const dismiss = (gone: readonly Notice[]): void =>
    setDismissed(new Set([...dismissed, ...gone.map(keyOf)]));
  const shown = isWhole ? left : left.slice(0, shownAtOnce);
  // The live region stands before its first notice comes: only then is that one announced.
  return (
    <section aria-label="Notices" className="notices" hidden={left.length === 0}>
      <ul aria-live="polite" className="notice-list">
        {shown.map((notice) => (
          <NoticeRow
            key={keyOf(notice)}
            notice={notice}
            devices={devices}
            onDismiss={() => dismiss([notice])}
          />
        ))}
      </ul>
      {left.length > 1 ? (
        <div className="actions actions-end">
          {left.length > shownAtOnce ? (
            <button type="button" className="quiet" onClick={() => setWhole(!isWhole)}>
              {isWhole ? "Show fewer" : `Show all ${left.length}`}
            </button>
          ) : null}
          <button type="button" className="quiet" onClick={() => dismiss(left)}>
            Dismiss all
          </button>
        </div>
      ) : null}
    </section>
  );
}

interface NoticeRowProps {
  readonly notice: Notice;
  readonly devices: readonly Device[];
  readonly onDismiss: () => void;
}

function NoticeRow({ notice, devices, onDismiss }: NoticeRowProps) {
  const at = new Date(notice.atMs);
  return (
    <li className="note note-error notice" data-testid="notice" data-error={notice.name}>
      <div>
        <p className="note-title">
          {titledError(notice.name, notice.device === null ? null : nameOf(devices, notice.device))}
          <code className="note-name">{notice.name}</code>
          <time dateTime={at.toISOString()}>{at.toLocaleTimeString()}</time>
        </p>
        <p>{notice.message}</p>
      </div>
      <button type="button" className="quiet" onClick={onDismiss}>
        Dismiss
      </button>
    </li>
  );
}

const keyOf = ({ atMs, device, name, message }: Notice): string => `${atMs} ${device} ${name} ${message}`;
