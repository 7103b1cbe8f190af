import type { DeviceId, World } from "../transport/link.ts";

/** The side that should call may be slow; then the other one does. */
const patienceMs = 3000;
/** A device that can't be reached for this long is given up, and for as long not tried again on hearsay. */
const giveUpMs = 10_000;
/** Peers may mention anybody; no more than this many are looked for. */
const mostSought = 256;

/** Full mesh: of each pair the smaller id calls, and the other one too when nothing happened for a while. */
export interface Introductions {
  /** Somebody says that this device is in the room. */
  mention(device: DeviceId): void;
  /** The link broke, which doesn't say that the device left. */
  lost(device: DeviceId): void;
  linked(device: DeviceId): void;
  /** It is known not to be reachable. */
  unavailable(device: DeviceId): void;
  close(): void;
}

export interface IntroductionParts {
  readonly self: DeviceId;
  readonly world: World;
  connect(device: DeviceId): void;
  isLinked(device: DeviceId): boolean;
}

export function createIntroductions({ self, world, connect, isLinked }: IntroductionParts): Introductions {
  /** Devices that are looked for, or were lately in vain, with what stops their clocks. */
  const sought = new Map<DeviceId, readonly (() => void)[]>();
  let isOpen = true;
  const drop = (device: DeviceId) => {
    for (const stop of sought.get(device) ?? []) stop();
    sought.delete(device);
  };
  const giveUp = (device: DeviceId) => {
    drop(device);
    sought.set(device, [world.after(giveUpMs, () => drop(device))]);
  };
  const seek = (device: DeviceId) => {
    if (!isOpen) return;
    const call = () => connect(device);
    sought.set(device, [world.after(patienceMs, call), world.after(giveUpMs, () => giveUp(device))]);
    if (self < device) call();
  };
  return {
    mention(device) {
      if (device === self || isLinked(device) || sought.has(device) || sought.size >= mostSought) return;
      seek(device);
    },
    lost(device) {
      drop(device);
      seek(device);
    },
    linked: drop,
    unavailable(device) {
      if (isOpen && !isLinked(device)) giveUp(device);
    },
    close() {
      isOpen = false;
      for (const device of sought.keys()) drop(device);
    },
  };
}
