import { useState } from "react";
import type { Edgeloom } from "../page-api.ts";
import { Ask } from "./Ask.tsx";
import type { BundledModel } from "./bundled-model.ts";
import { Devices } from "./Devices.tsx";
import { ErrorNote } from "./ErrorNote.tsx";
import { Header } from "./Header.tsx";
import { InsecureNotice } from "./InsecureNotice.tsx";
import { Join } from "./Join.tsx";
import { Model } from "./Model.tsx";
import { Notices } from "./Notices.tsx";
import { Placement } from "./Placement.tsx";
import type { Origin } from "./phone-hint.ts";
import { useReady } from "./use-ready.ts";
import { useSnapshot } from "./use-snapshot.ts";

export interface DashboardProps {
  readonly edgeloom: Edgeloom;
  /** Link to this room, its key included. */
  readonly joinUrl: string;
  /** The first is chosen at the start. */
  readonly models: readonly BundledModel[];
  readonly origin: Origin;
}

/** The whole page: what the swarm is, and what a person can ask of it. */
export function Dashboard({ edgeloom, joinUrl, models, origin }: DashboardProps) {
  const snapshot = useSnapshot(edgeloom);
  const readiness = useReady(edgeloom);
  const [draft, setDraft] = useState("");
  const example = models.find(({ ref }) => ref === snapshot.model?.ref)?.example ?? null;
  return (
    <div className="page">
      <Header snapshot={snapshot} readiness={readiness} version={edgeloom.version} />
      <main>
        <div className="banners">
          {origin.secure ? null : <InsecureNotice secureUrl={origin.secureUrl} />}
          {readiness.type === "failed" ? (
            <ErrorNote failure={readiness.failure} where="This tab could not join the room" />
          ) : null}
          <Notices notices={snapshot.notices} devices={snapshot.devices} />
        </div>
        <div className="layout">
          <div className="setup">
            <Join joinUrl={joinUrl} origin={origin} deviceCount={snapshot.devices.length} />
            <Model
              edgeloom={edgeloom}
              snapshot={snapshot}
              models={models}
              isJoined={readiness.type === "joined"}
            />
          </div>
          <div className="work">
            <Placement snapshot={snapshot} />
            <Ask edgeloom={edgeloom} snapshot={snapshot} draft={draft} onDraft={setDraft} example={example} />
          </div>
          <Devices snapshot={snapshot} />
        </div>
      </main>
    </div>
  );
}
