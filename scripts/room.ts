import type { Browser, BrowserContext } from "playwright";
import { openTab, type Tab } from "./tab.ts";

/** URL parameters of the page; `key` goes into the fragment. */
export interface TabOptions {
  readonly name?: string;
  readonly backend?: "webgpu" | "wasm" | "auto";
  readonly threads?: number;
  readonly memory?: string;
  readonly slow?: number;
  readonly link?: string;
  readonly role?: "device" | "client" | "viewer";
  readonly ice?: string;
  readonly relay?: "only";
  /** Instead of the room's own, e.g. a wrong one. */
  readonly key?: string;
  readonly room?: string;
  /** In a browser profile of its own, with its own storage. Default false: all tabs share one. */
  readonly ownProfile?: boolean;
  /** Default true: waits until the tab has joined. */
  readonly awaitReady?: boolean;
  /** Origin to open instead of the room's, e.g. a LAN address. */
  readonly origin?: string;
}

/** A room of one site, and its tabs in one browser. */
export interface Room {
  /** The address that admits to the room; known once the first tab is open. */
  invitation(): string;
  /** Tabs opened and not known to be gone, oldest first. */
  tabs(): readonly Tab[];
  /** The first tab makes the room; all others join it. */
  open(options?: TabOptions): Promise<Tab>;
  close(): Promise<void>;
}

const viewport = { width: 1280, height: 900 };

/** A room at a site's address, e.g. `http://localhost:5173/`, without any tab yet. */
export function createRoom(browser: Browser, siteUrl: string): Room {
  const contexts: BrowserContext[] = [];
  const tabs: Tab[] = [];
  let invitation: URL | undefined;
  let sharedProfile: BrowserContext | undefined;

  const newContext = async (): Promise<BrowserContext> => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport });
    contexts.push(context);
    return context;
  };

  return {
    invitation: () => {
      if (!invitation) throw new Error("the room has no address before its first tab is open");
      return invitation.href;
    },
    tabs: () => tabs.filter(({ page }) => !page.isClosed()),
    open: async (options = {}) => {
      const context = options.ownProfile ? await newContext() : (sharedProfile ?? (await newContext()));
      if (!options.ownProfile) sharedProfile = context;
      const tab = await openTab(context, addressOf(invitation ?? new URL(siteUrl), options));
      tabs.push(tab);
      if (options.awaitReady !== false) await tab.ready();
      invitation ??= await readInvitation(tab);
      return tab;
    },
    close: async () => {
      for (const context of contexts) await context.close();
    },
  };
}

/** The address of one tab: the room's, with the tab's own parameters. */
export function addressOf(base: URL, options: TabOptions): string {
  const url = new URL(`${base.pathname}${base.search}${base.hash}`, options.origin ?? base.origin);
  const { name, backend, threads, memory, slow, link, role, ice, relay, room } = options;
  const parameters = { room, name, backend, threads, memory, slow, link, role, ice, relay };
  for (const [parameter, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(parameter, String(value));
  }
  if (options.key !== undefined) url.hash = `key=${options.key}`;
  return url.href;
}

/** The page writes room and key into its address bar; what concerns one tab only is left out. */
async function readInvitation(tab: Tab): Promise<URL> {
  await tab.page.waitForFunction(() => location.search.includes("room=") && location.hash.includes("key="));
  const address = new URL(tab.page.url());
  const invitation = new URL(address.pathname, address.origin);
  invitation.searchParams.set("room", address.searchParams.get("room") ?? "");
  invitation.hash = address.hash;
  return invitation;
}
