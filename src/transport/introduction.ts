import type { DataConnection } from "peerjs";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { World } from "./link.ts";
import { sdpFingerprint } from "./sdp-fingerprint.ts";

/** A connection that PeerJS made, with our own channel on it. */
export interface Introduction {
  /** Just created: may be transferred to a worker in this very task, not later. */
  readonly dc: RTCDataChannel;
  /** What the signalling server says the other side is; null when it was reached through the room's door. A claim, until authenticated. */
  readonly remotePeer: string | null;
  readonly viaDoor: boolean;
  readonly initiator: boolean;
  /** SHA-256 fingerprints of both certificates, once both are known. Rejects with PeerLeft when the connection ends before, NotAuthorised when a description allows several. */
  fingerprints(): Promise<{ readonly local: string; readonly remote: string }>;
  /** Whether bytes go straight to the other side or through a TURN server. */
  path(): Promise<"direct" | "relay">;
  /** Ends the connection once the link's farewell had time to leave. */
  close(): void;
}

export interface IntroductionOptions {
  readonly remotePeer: string | null;
  readonly viaDoor: boolean;
  readonly initiator: boolean;
  readonly world: World;
  readonly onOpen: () => void;
  /** Called once: the connection is over or about to be closed. */
  readonly onEnd: () => void;
}

/** Both sides create the channel under this id, so it needs no negotiation of its own. */
const CHANNEL_ID = 64;
const FAREWELL_MS = 300;

/** Puts our channel on a connection that PeerJS made in this task. */
export function introduction(connection: DataConnection, options: IntroductionOptions): Introduction {
  const { remotePeer, viaDoor, initiator, world } = options;
  const pc = connection.peerConnection;
  const dc = pc.createDataChannel("edgeloom", { negotiated: true, id: CHANNEL_ID, ordered: true });
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    options.onEnd();
    // PeerJS closes the peer connection with its own; at once, that could cut off a farewell.
    world.after(FAREWELL_MS, () => connection.close());
  };
  connection.on("open", options.onOpen);
  connection.on("close", end);
  connection.on("error", end);
  pc.addEventListener("connectionstatechange", () => {
    if (pc.connectionState === "failed" || pc.connectionState === "closed") end();
  });
  return {
    dc,
    remotePeer,
    viaDoor,
    initiator,
    fingerprints: () => fingerprintsOf(pc),
    path: () => pathOf(pc),
    close: end,
  };
}

async function fingerprintsOf(
  pc: RTCPeerConnection,
): Promise<{ readonly local: string; readonly remote: string }> {
  await negotiated(pc);
  const { currentLocalDescription: local, currentRemoteDescription: remote } = pc;
  return { local: sdpFingerprint(local?.sdp ?? ""), remote: sdpFingerprint(remote?.sdp ?? "") };
}

/** Resolves when both descriptions are in force. */
function negotiated(pc: RTCPeerConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (pc.signalingState === "closed" || pc.connectionState === "failed")
        reject(new EdgeloomError("PeerLeft", "the connection ended before it was agreed on"));
      if (pc.currentLocalDescription && pc.currentRemoteDescription) resolve();
    };
    pc.addEventListener("signalingstatechange", look);
    pc.addEventListener("connectionstatechange", look);
    look();
  });
}

async function pathOf(pc: RTCPeerConnection): Promise<"direct" | "relay"> {
  const stats = await pc.getStats();
  const field = (id: unknown, name: string): unknown =>
    typeof id === "string" ? stats.get(id)?.[name] : undefined;
  const relayed: boolean[] = [];
  stats.forEach((report: RTCStats) => {
    if (report.type !== "transport") return;
    const pair = field(report.id, "selectedCandidatePairId");
    for (const side of ["localCandidateId", "remoteCandidateId"])
      relayed.push(field(field(pair, side), "candidateType") === "relay");
  });
  return relayed.includes(true) ? "relay" : "direct";
}
