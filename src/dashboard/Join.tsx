import { useRef, useState } from "react";
import { Panel } from "./Panel.tsx";
import { type Origin, type PhoneHint, phoneHint } from "./phone-hint.ts";
import { QrCode } from "./QrCode.tsx";

interface JoinProps {
  readonly joinUrl: string;
  readonly origin: Origin;
  readonly deviceCount: number;
}

/** How others come in: another tab, the link, or a phone's camera. */
export function Join({ joinUrl, origin, deviceCount }: JoinProps) {
  const hint = phoneHint(joinUrl, origin);
  return (
    <Panel title="Join">
      {deviceCount < 2 ? (
        <p className="lead">Every tab and phone that opens this room brings its memory and its speed.</p>
      ) : null}
      <button
        type="button"
        className={deviceCount < 2 ? "primary wide" : "wide"}
        onClick={() => window.open(joinUrl, "_blank")}
      >
        Open another tab
      </button>
      <JoinLink joinUrl={joinUrl} />
      <details className="more" open={deviceCount < 2 && hint.type === "scan"}>
        <summary>Join with a phone</summary>
        <div className="phone">
          {hint.type === "scan" ? <QrCode text={joinUrl} /> : null}
          <PhoneText hint={hint} />
        </div>
      </details>
    </Panel>
  );
}

function JoinLink({ joinUrl }: { readonly joinUrl: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      // Absent over plain http, and a person may refuse it.
      await navigator.clipboard.writeText(joinUrl);
      setSaid("Copied.");
    } catch {
      field.current?.focus();
      field.current?.select();
      setSaid("The browser doesn't let this page copy: the link is selected, copy it yourself.");
    }
  };
  return (
    <div className="join-link">
      <div className="field-row">
        <input
          ref={field}
          type="text"
          readOnly
          aria-label="Join link"
          data-testid="join-link"
          value={joinUrl}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" onClick={() => void copy()}>
          Copy link
        </button>
      </div>
      <p className="hint" role="status">
        {said}
      </p>
    </div>
  );
}

function PhoneText({ hint }: { readonly hint: PhoneHint }) {
  switch (hint.type) {
    case "scan":
      return (
        <p className="hint">
          Scan it with the camera. If the phone warns about the certificate, this server signed it itself: go
          on. The link holds the room's key, so give it only to people you want in the room.
        </p>
      );
    case "use":
      return (
        <p className="hint">
          A phone needs https, and an address that isn't this machine's own. Open the page at{" "}
          <a href={hint.url}>{hint.url}</a>; its QR code can be scanned.
        </p>
      );
    case "start-lan":
      return (
        <p className="hint">
          {hint.reason === "loopback"
            ? "This address only works on this machine, and a phone needs https. "
            : "A phone needs https, and this address has none. "}
          Start the server with <code>npm run start:lan</code>, open the address that it prints, and scan the
          code there.
        </p>
      );
    default:
      return hint satisfies never;
  }
}
