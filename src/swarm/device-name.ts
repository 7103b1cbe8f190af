/** What a browser calls itself, the more particular names first: Edge and Opera also say Chrome, Chrome also says Safari. */
const browsers = [
  ["Edg", "Edge"],
  ["OPR", "Opera"],
  ["Firefox", "Firefox"],
  ["HeadlessChrome", "Headless Chrome"],
  ["Chrome", "Chrome"],
  ["CriOS", "Chrome"],
  ["Safari", "Safari"],
] as const;
const platforms = [
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Windows", "Windows"],
  ["Mac OS", "Mac"],
  ["Linux", "Linux"],
] as const;

/** A name that a person recognises, with the end of the id, so that two tabs of one browser are told apart. */
export function deviceName(userAgent: string, id: string): string {
  const find = (names: readonly (readonly [string, string])[]) =>
    names.find(([mark]) => userAgent.includes(mark))?.[1];
  return `${find(browsers) ?? "Browser"} on ${find(platforms) ?? "this device"} · ${id.slice(-4)}`;
}
