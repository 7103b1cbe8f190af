/** What may be installed to get a browser, in the order it is tried. */
export type Installation = "playwright" | "libraries" | "distribution";

export interface BrowserFacts {
  /** What CHROMIUM_PATH names, when it is set. */
  readonly named: { readonly path: string; readonly runs: boolean } | undefined;
  /** Playwright's own Chromium; broken means that it is there but doesn't start, for want of system libraries. */
  readonly own: { readonly path: string; readonly state: "runs" | "broken" | "missing" };
  /** A Chromium or Chrome of the system that starts. */
  readonly system: string | undefined;
  /** Root on Debian or Ubuntu. */
  readonly mayInstallPackages: boolean;
  readonly tried: readonly Installation[];
}

export type BrowserMove =
  | { readonly type: "use"; readonly path: string; readonly how: string }
  | { readonly type: "install"; readonly what: Installation }
  | { readonly type: "give-up"; readonly reason: string };

/** What to do next to have a browser; after an installation the facts are gathered anew and it is asked again. */
export function nextBrowserMove(facts: BrowserFacts): BrowserMove {
  const { named, own, system } = facts;
  if (named) {
    if (named.runs) return { type: "use", path: named.path, how: "named by CHROMIUM_PATH" };
    return { type: "give-up", reason: `CHROMIUM_PATH names ${named.path}, which does not start.` };
  }
  if (own.state === "runs") return { type: "use", path: own.path, how: "Playwright's own" };
  if (system !== undefined) return { type: "use", path: system, how: "the system's" };
  const what = nextInstallation(facts);
  return what ? { type: "install", what } : { type: "give-up", reason: reasonOf(facts) };
}

function nextInstallation({ own, mayInstallPackages, tried }: BrowserFacts): Installation | undefined {
  const isNew = (what: Installation): boolean => !tried.includes(what);
  if (own.state === "missing" && isNew("playwright")) return "playwright";
  if (!mayInstallPackages) return undefined;
  if (own.state === "broken" && isNew("libraries")) return "libraries";
  return isNew("distribution") ? "distribution" : undefined;
}

function reasonOf({ own, mayInstallPackages }: BrowserFacts): string {
  const download =
    own.state === "broken"
      ? "Playwright's Chromium lacks system libraries (npx playwright install-deps chromium, as root)"
      : "Playwright's Chromium could not be downloaded";
  const packages = mayInstallPackages
    ? "apt-get could not install the package chromium"
    : "no package can be installed here without being root on Debian or Ubuntu";
  return `No browser: no Chromium or Chrome is installed, ${download}, and ${packages}; install Chromium, or set CHROMIUM_PATH to one.`;
}
