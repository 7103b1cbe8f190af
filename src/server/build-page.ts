import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

/** Builds the page in `root` into its `dist` and gives that folder; with `reuse` an existing one is taken as it is. */
export async function buildPage(root: string, reuse = false): Promise<string> {
  const dist = join(root, "dist");
  if (reuse && existsSync(join(dist, "index.html"))) return dist;
  // Whoever starts this, a test for instance, may have another; React would then bring its slow development build.
  process.env["NODE_ENV"] = "production";
  await build({ root, mode: "production", logLevel: "warn" });
  return dist;
}
