import type { SwarmSnapshot } from "../page-api.ts";
import { counted } from "./format.ts";
import type { Readiness } from "./use-ready.ts";

interface HeaderProps {
  readonly snapshot: SwarmSnapshot;
  readonly readiness: Readiness;
  readonly version: string;
}

/** Where this tab is, and whether it is in. */
export function Header({ snapshot, readiness, version }: HeaderProps) {
  const self = snapshot.devices.find(({ id }) => id === snapshot.self);
  return (
    <header className="header">
      <h1 className="brand" title={`Edgeloom ${version}`}>
        <Mark />
        Edgeloom
      </h1>
      <p className="header-state" data-state={readiness.type} role="status" data-testid="state">
        <span className="dot" aria-hidden="true" />
        {stateText(readiness, snapshot.devices.length)}
      </p>
      <dl className="header-facts">
        <div>
          <dt>Room</dt>
          <dd title={snapshot.room} data-testid="room">
            {snapshot.room}
          </dd>
        </div>
        {self ? (
          <div>
            <dt>This tab</dt>
            <dd data-testid="self">{self.name}</dd>
          </div>
        ) : null}
      </dl>
    </header>
  );
}

function stateText(readiness: Readiness, devices: number): string {
  if (readiness.type === "failed") return "Not joined";
  return readiness.type === "joining" ? "Joining…" : counted(devices, "device");
}

/** Three threads over and under three others. */
function Mark() {
  return (
    <svg viewBox="0 0 24 24" className="mark" aria-hidden="true">
      <path className="weft" d="M2 7h5m4 0h11M2 12h10m4 0h6M2 17h5m4 0h11" />
      <path className="warp" d="M9 2v20M14 2v8m0 4v8" />
    </svg>
  );
}
