import type { Browser } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../scripts/browser.ts";
import type { Room } from "../scripts/room.ts";
import type { Tab } from "../scripts/tab.ts";
import type { Device, SwarmSnapshot } from "../src/page-api.ts";
import { openRoom, type Site, startSite } from "./harness.ts";

/** A device that left is gone from every view within this time [S3]. */
const ghostMs = 5000;
/** All tabs agree when nothing has happened for this long [S2]. */
const quietMs = 1000;

const model = "stories260K";
const layers = 5;
const prompt = "Once upon a time";
const answer = ", there was a little girl";

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const open = (room: Room, name: string, slow = 1): Promise<Tab> =>
  // A profile of its own: a crash takes the whole process with it, and tabs of one profile may share it.
  room.open({ name, backend: "wasm", threads: 1, slow, ownProfile: true });

/** Three tabs that all see each other. */
async function threeTabs(
  slow = 1,
): Promise<{ readonly room: Room; readonly tabs: readonly [Tab, Tab, Tab] }> {
  const room = openRoom(browser, site);
  const first = await open(room, "Ada", slow);
  const [second, third] = await Promise.all([open(room, "Ben", slow), open(room, "Cleo", slow)]);
  const tabs = [first, second, third] as const;
  await Promise.all(tabs.map((tab) => tab.until(({ devices }) => devices.length === 3, "three devices")));
  return { room, tabs };
}

/** Milliseconds from the act until the claim holds in every one of these tabs. */
async function msUntil(
  act: () => Promise<unknown>,
  tabs: readonly Tab[],
  claim: (snapshot: SwarmSnapshot) => boolean,
): Promise<number> {
  const startedAt = performance.now();
  await act();
  await Promise.all(tabs.map((tab) => tab.until(claim, "the view without the ghost", 2 * ghostMs)));
  return performance.now() - startedAt;
}

const without =
  (ghost: string) =>
  ({ devices }: SwarmSnapshot): boolean =>
    devices.every(({ id }) => id !== ghost);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the tabs must agree on; rates and times are measured anew all the while. */
const shared = ({ room, coordinator, devices, placement, model, generations }: SwarmSnapshot) => ({
  room,
  coordinator,
  devices,
  placement,
  model,
  generations,
});

/** [S2] */
async function expectAgreement(tabs: readonly Tab[]): Promise<SwarmSnapshot> {
  await pause(quietMs);
  const [first, ...others] = await Promise.all(tabs.map((tab) => tab.snapshot()));
  for (const other of others) expect(shared(other)).toEqual(shared(first!));
  expect(first!.devices).toHaveLength(tabs.length);
  return first!;
}

/** Loads the model over these tabs in order, from the first of them, and answers with their ids. */
async function load(asker: Tab, holders: readonly Tab[]): Promise<readonly string[]> {
  const ids = await Promise.all(holders.map((tab) => tab.id()));
  const cut = (index: number) => Math.round((index * layers) / ids.length);
  const placement = ids.map((device, index) => ({ device, start: cut(index), end: cut(index + 1) }));
  await asker.call((request) => edgeloom.load(request), { model, placement });
  return ids;
}

const ask = (tab: Tab, maxTokens: number): Promise<string> =>
  tab.call(async (request) => (await edgeloom.generate(request)).text, { prompt, maxTokens });

interface Outcome {
  readonly name: string;
  readonly message: string;
  readonly atMs: number;
}

/** Starts an answer that would take far longer than the test, and waits until it runs. */
async function askAtLength(tab: Tab): Promise<{ readonly outcome: Promise<Outcome> }> {
  const outcome = tab
    .call((request) => edgeloom.generate(request), { prompt, maxTokens: 480, stopAtEnd: false })
    .then(
      () => ({ name: "no error", message: "the answer came to its end", atMs: performance.now() }),
      ({ name, message }: Error) => ({ name, message, atMs: performance.now() }),
    );
  await tab.until(({ generations }) => generations.some(({ tokens }) => tokens > 3), "tokens of the answer");
  return { outcome };
}

const byName = ({ devices }: SwarmSnapshot, name: string): readonly Device[] =>
  devices.filter((device) => device.name === name);

describe("[S3] a tab that is gone leaves no ghost", () => {
  test.each(["closes", "crashes"] as const)("that %s", async (way) => {
    const { tabs } = await threeTabs();
    const [ada, ben, cleo] = tabs;
    const ghost = await ben.id();
    const act = () => (way === "closes" ? ben.close() : ben.crash());
    expect(await msUntil(act, [ada, cleo], without(ghost))).toBeLessThan(ghostMs);
    await expectAgreement([ada, cleo]);
  });

  test("that reloads, and comes back once", async () => {
    const { tabs } = await threeTabs();
    const [ada, ben, cleo] = tabs;
    const ghost = await ben.id();
    expect(await msUntil(() => ben.reload(), [ada, cleo], without(ghost))).toBeLessThan(ghostMs);
    const back = await ben.id();
    expect(back).not.toBe(ghost);
    for (const tab of tabs) {
      const seen = await tab.until((snapshot) => byName(snapshot, "Ben").length === 1, "Ben once");
      expect(byName(seen, "Ben").map(({ id }) => id)).toEqual([back]);
    }
    await expectAgreement(tabs);
  });

  test("that held the door: a newcomer still gets in", async () => {
    const { room, tabs } = await threeTabs();
    const [holder, ben, cleo] = tabs;
    const ghost = await holder.id();
    expect(await msUntil(() => holder.close(), [ben, cleo], without(ghost))).toBeLessThan(ghostMs);
    const dora = await open(room, "Dora");
    const all = [ben, cleo, dora];
    await Promise.all(all.map((tab) => tab.until(({ devices }) => devices.length === 3, "the newcomer")));
    await expectAgreement(all);
  });

  test("nor do all of them at once", async () => {
    const { tabs } = await threeTabs();
    const [ada, ben, cleo] = tabs;
    const ghosts = [await ben.id(), await cleo.id()];
    const act = () => Promise.all([ben.close(), cleo.crash()]);
    const claim = (snapshot: SwarmSnapshot) => ghosts.every((ghost) => without(ghost)(snapshot));
    expect(await msUntil(act, [ada], claim)).toBeLessThan(ghostMs);
    await expectAgreement([ada]);
  });
});

describe("a device of the placement leaves while another tab's answer runs", () => {
  test.each([
    { who: "the coordinator", way: "crashes" },
    { who: "another device", way: "closes" },
  ] as const)("$who $way", async ({ who, way }) => {
    const { tabs } = await threeTabs(20);
    const { coordinator } = await tabs[0].snapshot();
    const ids = await Promise.all(tabs.map((tab) => tab.id()));
    const lead = ids.indexOf(coordinator);
    const order = [tabs[lead]!, tabs[(lead + 1) % 3]!, tabs[(lead + 2) % 3]!] as const;
    // The one that leaves holds the second stage; the one that asks holds none.
    const [leaver, holder, asker] =
      who === "the coordinator" ? order : ([order[1], order[0], order[2]] as const);
    await load(asker, [holder, leaver]);
    const ghost = await leaver.id();
    const { outcome } = await askAtLength(asker);

    const startedAt = performance.now();
    const act = () => (way === "crashes" ? leaver.crash() : leaver.close());
    const rest = [holder, asker];
    const seenAfterMs = await msUntil(act, rest, (seen) => without(ghost)(seen) && !seen.placement);
    const { name, message, atMs } = await outcome;
    expect({ name, message }).toEqual({ name: "PeerLeft", message: expect.stringContaining("load") });
    expect(atMs - startedAt).toBeLessThan(ghostMs);
    expect(seenAfterMs).toBeLessThan(ghostMs);
    const seen = await expectAgreement(rest);
    expect(seen.generations).toEqual([]);
    expect(seen.devices.map(({ memoryUsedBytes }) => memoryUsedBytes)).toEqual([0, 0]);

    await load(asker, rest);
    expect(await ask(holder, 8)).toContain(answer.slice(0, 8));
  });
});

describe("memory", () => {
  test("the asker closes in mid-answer: the stages free its caches", async () => {
    const { tabs } = await threeTabs(20);
    const [asker, ben, cleo] = tabs;
    const holders = await load(asker, [ben, cleo]);
    const used = ({ devices }: SwarmSnapshot) =>
      holders.map((holder) => devices.find(({ id }) => id === holder)?.memoryUsedBytes ?? 0);
    const weights = used(await expectAgreement(tabs));
    expect(Math.min(...weights)).toBeGreaterThan(0);

    await askAtLength(asker);
    // What is held is told when a generation ends: another, short one shows what the long one holds.
    await ask(ben, 2);
    const isFuller = (seen: SwarmSnapshot) => used(seen).every((bytes, stage) => bytes > weights[stage]!);
    await ben.until(isFuller, "caches beside the weights");

    const claim = (seen: SwarmSnapshot) => used(seen).every((bytes, stage) => bytes === weights[stage]);
    expect(await msUntil(() => asker.close(), [ben, cleo], claim)).toBeLessThan(ghostMs);
    expect((await expectAgreement([ben, cleo])).generations).toEqual([]);
    expect(await ask(cleo, 8)).toContain(answer.slice(0, 8));
  });

  test("unloading gives everything back, and the room can load again", async () => {
    const { tabs } = await threeTabs();
    const [ada, ben] = tabs;
    await load(ada, tabs);
    expect(await ask(ben, 8)).toContain(answer.slice(0, 8));
    // From a tab that didn't load it.
    await ben.call(() => edgeloom.unload());
    const isEmpty = ({ devices, placement, model }: SwarmSnapshot) =>
      placement === null && model === null && devices.every((device) => device.memoryUsedBytes === 0);
    for (const tab of tabs) await tab.until(isEmpty, "no memory in use", ghostMs);
    const { devices } = await expectAgreement(tabs);
    expect(devices.map(({ status }) => status)).toEqual(["idle", "idle", "idle"]);
    await load(ben, [ada, ben]);
    expect(await ask(ada, 8)).toContain(answer.slice(0, 8));
  });
});
