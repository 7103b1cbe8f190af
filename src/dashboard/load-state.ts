import type { SwarmSnapshot } from "../page-api.ts";

/** Where the model is on its way, as the whole room shows it. */
export type LoadState =
  | { readonly type: "none" }
  | { readonly type: "loading"; readonly loadedBytes: number; readonly totalBytes: number }
  | { readonly type: "ready" };

/** The room's load: loading while any device still fetches its slice, ready once a placement stands and none does. */
export function loadStateOf({ devices, placement }: SwarmSnapshot): LoadState {
  const pending = devices.filter(({ status }) => status === "loading");
  if (pending.length > 0) {
    const sum = (of: "loadedBytes" | "totalBytes"): number =>
      pending.reduce((bytes, { loading }) => bytes + (loading?.[of] ?? 0), 0);
    return { type: "loading", loadedBytes: sum("loadedBytes"), totalBytes: sum("totalBytes") };
  }
  return { type: placement ? "ready" : "none" };
}
