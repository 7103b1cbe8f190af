import { randomBytes } from "node:crypto";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../scripts/browser.ts";
import { openRoom, type Site, startSite } from "./harness.ts";

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const prompt = "Once upon a time";

test("a tab with another key isn't let in and says so; the room goes on without a trace of it", async () => {
  const room = openRoom(browser, site);
  const open = (name: string) => room.open({ name, backend: "wasm", threads: 1 });
  const tabs = [await open("Ada"), await open("Ben")];
  const [ada, ben] = tabs;
  await ben!.until(({ devices }) => devices.length === 2, "two devices");
  await ada!.call(() => edgeloom.load({ model: "stories260K" }));
  const before = await ben!.call((it) => edgeloom.generate({ prompt: it, maxTokens: 20 }), prompt);
  // Every view of the two from now on: a ghost of a moment counts.
  for (const tab of tabs)
    await tab.call(() => {
      const seen = new Set<string>();
      Object.assign(globalThis, { seenDevices: seen });
      edgeloom.subscribe(({ devices }) => {
        for (const { name } of devices) seen.add(name);
      });
    });

  const key = randomBytes(32).toString("base64url");
  const stranger = await room.open({ name: "Mallory", backend: "wasm", threads: 1, key, awaitReady: false });
  const failure = await stranger.ready().then(
    () => ({ name: "no error", message: "" }),
    ({ name, message }: Error) => ({ name, message }),
  );
  expect(failure).toEqual({ name: "NotAuthorised", message: expect.stringMatching(/key/) });
  const note = stranger.page.getByRole("alert").first();
  await note.waitFor();
  expect(await note.getAttribute("data-error")).toBe("NotAuthorised");
  expect(await note.textContent()).toContain(failure.message);
  expect(await stranger.page.getByTestId("state").textContent()).toBe("Not joined");
  const asked = stranger.call((it) => edgeloom.generate({ prompt: it, maxTokens: 2 }), prompt);
  await expect(asked).rejects.toMatchObject({ name: "NotAuthorised" });
  const own = await stranger.snapshot();
  expect(own.devices.map(({ name }) => name)).toEqual(["Mallory"]);
  expect(own).toMatchObject({ placement: null, model: null });

  for (const tab of tabs) {
    const { text } = await tab.call((it) => edgeloom.generate({ prompt: it, maxTokens: 20 }), prompt);
    expect(text).toBe(before.text);
    const seen = await tab.call(() => [...Reflect.get(globalThis, "seenDevices")]);
    expect(seen.sort()).toEqual(["Ada", "Ben"]);
    const names = (await tab.snapshot()).notices.map(({ name }) => name);
    expect(names.filter((name) => name !== "NotAuthorised")).toEqual([]);
  }
  const cleo = await open("Cleo");
  await cleo.until(({ devices }) => devices.length === 3, "three devices");
});
