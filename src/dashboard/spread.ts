import type { Device, LoadRequest } from "../page-api.ts";

/** The devices that can take a slice: they compute, and they are here. */
export const computing = (devices: readonly Device[]): readonly Device[] =>
  devices.filter(({ role, status }) => role === "device" && status !== "joining" && status !== "lost");

/**
 * Layers [0, layers) over the devices in their order, as evenly as whole layers allow: the first get one more.
 * With more devices than layers the last devices get none and are left out.
 */
export function spreadEvenly(
  layers: number,
  devices: readonly string[],
): NonNullable<LoadRequest["placement"]> {
  const used = devices.slice(0, layers);
  const boundary = (k: number): number =>
    k * Math.floor(layers / used.length) + Math.min(k, layers % used.length);
  return used.map((device, k) => ({ device, start: boundary(k), end: boundary(k + 1) }));
}
