import { randomBytes } from "node:crypto";
import type { Browser } from "playwright";
import { watchConnections } from "./bench-links.ts";
import type { BenchSettings } from "./bench-settings.ts";
import { addressOf } from "./room.ts";
import { openTab, type Tab } from "./tab.ts";

/** The tabs of a bench, all joined and known to each other, whose connections are counted. */
export interface BenchRoom {
  readonly tabs: readonly { readonly name: string; readonly id: string; readonly tab: Tab }[];
  /** What the first `count` tabs say that they use. */
  memoryBytes(count: number): Promise<readonly number[]>;
}

export async function openBenchRoom(
  browser: Browser,
  siteUrl: string,
  { tabs: count, backend, threads }: BenchSettings,
): Promise<BenchRoom> {
  const context = await browser.newContext();
  await context.addInitScript(watchConnections);
  const base = new URL(siteUrl);
  base.hash = `key=${randomBytes(32).toString("base64url")}`;
  const tabs: { name: string; id: string; tab: Tab }[] = [];
  for (let number = 1; number <= count; number += 1) {
    const name = `tab ${number}`;
    const options = { name, backend, room: "bench", ...(threads === null ? {} : { threads }) };
    const tab = await openTab(context, addressOf(base, options));
    await tab.ready();
    tabs.push({ name, id: await tab.id(), tab });
  }
  for (const { tab } of tabs)
    await tab.until(({ devices }) => devices.length === count, `${count} devices in the room`);
  return {
    tabs,
    memoryBytes: async (wanted) => {
      const used = new Map(
        (await tabs[0]?.tab.snapshot())?.devices.map(({ id, memoryUsedBytes }) => [id, memoryUsedBytes]),
      );
      return tabs.slice(0, wanted).map(({ id }) => used.get(id) ?? 0);
    },
  };
}
