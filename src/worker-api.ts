import type { Device, SwarmSnapshot } from "./page-api.ts";
import type { Tab } from "./pipeline/tab.ts";
import type { TabOptions } from "./pipeline/tab-options.ts";
import type { DeviceId } from "./transport/link.ts";

/** What the working thread asks of its page: only a page has peer connections. */
export interface PageSide {
  connect(device: DeviceId): void;
  /** DTLS fingerprints of a connection's two ends, once both are known. */
  fingerprints(connection: number): Promise<{ readonly local: string; readonly remote: string }>;
  /** How a connection runs. */
  path(connection: number): Promise<"direct" | "relay">;
  /** The connection leads to this device, which holds the room's key. */
  linked(connection: number, device: DeviceId): void;
  /** The connection's link is over, or never came to be when no device is named. */
  ended(connection: number, device: DeviceId | null): void;
}

/** A connection that the page made. */
export interface Arrival {
  /** The page's number for it. */
  readonly connection: number;
  /** Null when the room's door led there: the handshake tells. */
  readonly peer: DeviceId | null;
  /** Either side came to it by the door. */
  readonly viaDoor: boolean;
}

export interface JoinOptions {
  readonly self: DeviceId;
  readonly name: string;
  readonly room: string;
  readonly key: Uint8Array<ArrayBuffer>;
  /** Where bundled models are served, with a slash at the end. */
  readonly base: string;
  readonly tab: TabOptions;
}

/** The working thread, as its page drives it. */
export interface WorkerSide {
  /** Starts computing and opens the room; resolves when this device's profile is known. */
  join(options: JoinOptions, page: MessagePort): Promise<Device>;
  /** Resolves when the first peer let this tab in; rejects with NotAuthorised or ProtocolMismatch when one refused. */
  admitted(): Promise<void>;
  /** The data channel itself, or the page's end of a relay, is moved along. */
  arrive(arrival: Arrival, channel: RTCDataChannel | MessagePort): Promise<void>;
  unavailable(device: DeviceId): void;
  setVisible(visible: boolean): void;
  /** Says goodbye to every peer. */
  leave(): void;
  /** Waits for a snapshot newer than this version. */
  nextSnapshot(version: number): Promise<{ readonly version: number; readonly snapshot: SwarmSnapshot }>;
  plan: Tab["plan"];
  load: Tab["load"];
  unload: Tab["unload"];
  startGeneration: Tab["startGeneration"];
  pullGeneration: Tab["pullGeneration"];
  cancelGeneration: Tab["cancelGeneration"];
  evaluate: Tab["evaluate"];
  tokenize: Tab["tokenize"];
}
