import { EdgeloomError } from "../tensor/edgeloom-error.ts";

/**
 * Throws DeviceLost when a slice gave anything but finite numbers: the likeliest of NaNs is token 0, an answer that looks
 * like one. `what` names the values in the message.
 */
export function checkFinite(values: Float32Array, what: string): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new EdgeloomError(
    "DeviceLost",
    `this device computed ${values[at]} at ${at} of ${values.length} values of ${what}: its GPU failed, or the checkpoint holds values that overflow; reload the tab, or open it with backend=wasm`,
  );
}
