import { Peer, type PeerOptions } from "peerjs";
import type { World } from "./link.ts";
import { retryDelayMs } from "./retry-delay.ts";

export interface SignallingOptions {
  readonly id: string;
  readonly peerOptions: PeerOptions;
  readonly world: World;
  /** Called for every Peer made: the first, and each that replaces one that PeerJS gave up. */
  readonly onPeer: (peer: Peer) => void;
  readonly onStatus: (up: boolean) => void;
  /** The id is taken by someone else; no more attempts are made. */
  readonly onTaken: () => void;
}

/** One id on the signalling server, held through losses of the connection. Data channels live on meanwhile. */
export interface Signalling {
  readonly peer: () => Peer;
  /** Gives the id back and keeps the connections. */
  release(): void;
  /** Ends every connection too. */
  destroy(): void;
}

/** A server that finds us still registered re-attaches without a word: no news for this long is good news. */
const REATTACHED_MS = 3000;

export function startSignalling(options: SignallingOptions): Signalling {
  const { id, world, onStatus } = options;
  let stopped = false;
  let attempt = 0;
  let cancel = (): void => {};
  let peer: Peer;

  const isUp = (): void => {
    cancel();
    attempt = 0;
    onStatus(true);
  };
  const isDown = (): void => {
    cancel();
    onStatus(false);
    if (!stopped) cancel = world.after(retryDelayMs(attempt++, world), retry);
  };
  const retry = (): void => {
    if (peer.destroyed) {
      peer = open();
      return;
    }
    cancel = world.after(REATTACHED_MS, () => {
      if (!peer.disconnected) isUp();
    });
    if (peer.disconnected) peer.reconnect();
  };
  const stop = (): void => {
    stopped = true;
    cancel();
    onStatus(false);
  };
  const open = (): Peer => {
    const made = new Peer(id, options.peerOptions);
    made.on("open", isUp);
    made.on("disconnected", isDown);
    made.on("error", ({ type }) => {
      if (type !== "unavailable-id" || stopped) return;
      stop();
      options.onTaken();
    });
    options.onPeer(made);
    return made;
  };

  peer = open();
  return {
    peer: () => peer,
    release: () => {
      stop();
      peer.disconnect();
    },
    destroy: () => {
      stop();
      peer.destroy();
    },
  };
}
