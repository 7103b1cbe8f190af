/** How the page was reached, and where it can be reached over https; null when the server runs without. */
export interface Origin {
  readonly secure: boolean;
  readonly secureUrl: string | null;
}

export type PhoneHint =
  /** The link can be scanned as it is. */
  | { readonly type: "scan" }
  /** Phones need this address instead of the link. */
  | { readonly type: "use"; readonly url: string }
  /** The server has to be started another way first. */
  | { readonly type: "start-lan"; readonly reason: "loopback" | "insecure" };

/** What a phone needs to join by this link: an address that isn't this machine's own, and https. */
export function phoneHint(joinUrl: string, origin: Origin): PhoneHint {
  const { hostname, protocol } = new URL(joinUrl);
  const isLoopback = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (!isLoopback && protocol === "https:") return { type: "scan" };
  if (origin.secureUrl !== null) return { type: "use", url: origin.secureUrl };
  return { type: "start-lan", reason: isLoopback ? "loopback" : "insecure" };
}
