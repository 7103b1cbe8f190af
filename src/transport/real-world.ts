import type { World } from "./link.ts";

/** The clock of this device, in milliseconds since 1970 and never set back, and its own chance. */
export const realWorld: World = {
  now: () => performance.timeOrigin + performance.now(),
  random: () => Math.random(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
