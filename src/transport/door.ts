import type { DeviceId, World } from "./link.ts";
import { retryDelayMs } from "./retry-delay.ts";

/** A way to hold the door's id; given back by `release`. */
interface Claim {
  release(): void;
}

/** A connection to whoever holds the door. */
interface Entry {
  close(): void;
}

export interface DoorOptions {
  readonly world: World;
  /** Tries to take the door's id. `onHeld(false)` may follow `onHeld(true)` while signalling is lost; `onTaken` is the end of it. */
  readonly claim: (on: { readonly onHeld: (held: boolean) => void; readonly onTaken: () => void }) => Claim;
  /** Connects to the door's holder; null while signalling is down. */
  readonly knock: (on: { readonly onOpen: () => void; readonly onEnd: () => void }) => Entry | null;
  readonly onHolding: (holding: boolean) => void;
}

/**
 * A room's door is an id on the signalling server that one of its tabs holds. Every tab holds it or is linked with
 * the one that does, so that newcomers find the room and rooms that were parted find each other.
 */
export interface Door {
  /** The door's holder is this device, with which there is a link: this link stands for the connection from now on. */
  foundHolder(device: DeviceId): void;
  /** The link with a device ended; if that one held the door, the search begins anew. */
  lostPeer(device: DeviceId): void;
  /** Begins the search anew unless it is under way or this tab holds the door. */
  seek(): void;
  /** Nobody answers at the door. */
  unanswered(): void;
  close(): void;
}

type State =
  | { readonly type: "waiting"; readonly cancel: () => void }
  | { readonly type: "claiming" }
  | { readonly type: "holding" }
  | { readonly type: "knocking"; readonly cancel: () => void }
  | { readonly type: "inside" }
  | { readonly type: "relying"; readonly device: DeviceId }
  | { readonly type: "closed" };

/** The server tells after 5 s that nobody answers; an answer that never opens is given up soon after. */
const KNOCK_MS = 8000;

/** Enters by the door: claims it, or knocks where someone holds it. */
export function openDoor(options: DoorOptions): Door {
  const search: Search = { options, state: { type: "claiming" }, attempt: 0, claimed: null, entry: null };
  tryClaim(search);
  return {
    foundHolder: (device) => {
      const { state } = search;
      if (state.type === "knocking") state.cancel();
      if (state.type === "knocking" || state.type === "inside") search.state = { type: "relying", device };
    },
    lostPeer: (device) => {
      if (search.state.type === "relying" && search.state.device === device) again(search);
    },
    seek: () => {
      if (search.state.type === "relying" || search.state.type === "inside") again(search);
    },
    unanswered: () => {
      if (search.state.type === "knocking") giveUp(search);
    },
    close: () => {
      if (search.state.type === "waiting" || search.state.type === "knocking") search.state.cancel();
      search.state = { type: "closed" };
      search.claimed?.release();
    },
  };
}

interface Search {
  readonly options: DoorOptions;
  state: State;
  attempt: number;
  claimed: Claim | null;
  entry: Entry | null;
}

/** The id tells at once whether someone holds it, while a knock at an empty door takes 5 s to come back. */
function tryClaim(search: Search): void {
  const { claim, onHolding } = search.options;
  search.state = { type: "claiming" };
  search.claimed = claim({
    onHeld: (held) => {
      if (search.state.type !== "claiming" && search.state.type !== "holding") return;
      if (held) search.attempt = 0;
      search.state = { type: held ? "holding" : "claiming" };
      onHolding(held);
    },
    onTaken: () => {
      search.claimed = null;
      onHolding(false);
      if (search.state.type !== "closed") tryKnock(search);
    },
  });
}

function tryKnock(search: Search): void {
  const { world, knock } = search.options;
  search.state = { type: "knocking", cancel: world.after(KNOCK_MS, () => giveUp(search)) };
  let knocked: Entry | null = null;
  knocked = knock({
    onOpen: () => {
      if (search.entry !== knocked || search.state.type !== "knocking") return;
      search.state.cancel();
      search.attempt = 0;
      search.state = { type: "inside" };
    },
    onEnd: () => {
      if (search.entry !== knocked) return;
      search.entry = null;
      if (search.state.type === "knocking" || search.state.type === "inside") again(search);
    },
  });
  search.entry = knocked;
  if (!knocked) again(search);
}

function giveUp(search: Search): void {
  const late = search.entry;
  search.entry = null;
  again(search);
  late?.close();
}

function again(search: Search): void {
  const { world } = search.options;
  if (search.state.type === "knocking") search.state.cancel();
  if (search.state.type === "closed" || search.state.type === "waiting") return;
  const cancel = world.after(retryDelayMs(search.attempt++, world), () => tryClaim(search));
  search.state = { type: "waiting", cancel };
}
