/** Vite's assets carry a hash of their content in the name, so a name never changes its meaning; all else is asked for anew. */
export const cacheControl = (path: string): string =>
  /[/\\]assets[/\\][^/\\]+-[\w-]{8}\.\w+$/.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
