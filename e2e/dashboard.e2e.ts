import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Locator, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../scripts/browser.ts";
import { openRoom, type Site, startSite } from "./harness.ts";

const pictures = fileURLToPath(new URL("../test-results", import.meta.url));
const phone = { width: 390, height: 844 };
/** What a person waits for without asking what is wrong. */
const timeout = 30_000;

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
  await mkdir(pictures, { recursive: true });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const button = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });
const devices = (page: Page): Locator => page.getByRole("region", { name: "Devices" }).getByRole("listitem");
const exchanges = (page: Page): Locator =>
  page.getByRole("log", { name: "Conversation" }).getByRole("article");
const picture = (page: Page, name: string): Promise<unknown> =>
  page.screenshot({ path: join(pictures, `dashboard-${name}.png`), fullPage: true });

const openPage = async (slow = 1): Promise<Page> => {
  const room = openRoom(browser, site);
  return (await room.open({ name: "Ada", backend: "wasm", threads: 1, slow })).page;
};

const overflowPx = (page: Page): Promise<number> =>
  page.evaluate(() => (document.scrollingElement?.scrollWidth ?? Number.NaN) - innerWidth);

/** Loads the model that the page proposes, with the pointer. */
async function loadProposed(page: Page): Promise<void> {
  await button(page, "Load model").click();
  await button(page, "Unload").waitFor({ timeout });
  await page.getByText(/Every word of the answer goes once round/).waitFor({ timeout });
}

async function waitForText(locator: Locator, text: RegExp): Promise<string> {
  await locator.filter({ hasText: text }).waitFor({ timeout });
  return (await locator.textContent()) ?? "";
}

test("a person opens the page once and goes on from there: another tab, a model, an answer", async () => {
  const page = await openPage();
  await picture(page, "1-alone");
  const [other] = await Promise.all([page.waitForEvent("popup"), button(page, "Open another tab").click()]);
  for (const one of [page, other]) await devices(one).nth(1).waitFor({ timeout });
  expect(await devices(page).count()).toBe(2);
  expect(await devices(other).count()).toBe(2);
  expect(await page.getByRole("textbox", { name: "Join link" }).inputValue()).toContain("#key=");

  await page.getByRole("radio", { name: /Spread over all devices/ }).check();
  await loadProposed(page);
  const placement = other.getByRole("region", { name: "Placement" });
  const stages = placement.getByRole("list").last().getByRole("listitem");
  await stages.first().waitFor({ state: "attached", timeout });
  expect((await stages.allTextContents()).join(" ")).toMatch(/embedding.*head/is);

  await page.getByRole("textbox", { name: "Prompt" }).fill("Tell me a story about a fox.");
  await button(page, "Send").click();
  await waitForText(exchanges(page), /tokens/);
  await button(page, "Send").waitFor({ timeout });
  const whole = await waitForText(exchanges(page).first(), /tokens\/s/);
  expect(whole).toMatch(/\b\d+ tokens/);
  expect(whole.length).toBeGreaterThan(100);
  await picture(page, "2-answered");
  await picture(other, "3-other-tab");
});

test("an answer streams, Stop ends it, and the next one is whole", async () => {
  // Slow enough that nobody is late with Stop.
  const page = await openPage(20);
  await loadProposed(page);
  const prompt = page.getByRole("textbox", { name: "Prompt" });
  // Greedy answers repeat themselves: the second shows that the first was cut short.
  const send = async (): Promise<void> => {
    await prompt.fill("Tell me a story about a fox.");
    await button(page, "Send").click();
  };
  await button(page, "Send").waitFor({ timeout });
  await send();
  await waitForText(page.getByTestId("answer"), /\w/);
  await button(page, "Stop").click({ timeout });
  await waitForText(exchanges(page).first(), /stopped/);
  await send();
  await exchanges(page).nth(1).waitFor({ timeout });
  await waitForText(exchanges(page).nth(1), /tokens\/s/);
  await button(page, "Stop").waitFor({ state: "detached", timeout });
  const answers = await page.getByTestId("answer").allTextContents();
  expect(answers[0]).toMatch(/\w/);
  expect(answers[1]!.startsWith(answers[0]!)).toBe(true);
  expect(answers[1]!.length).toBeGreaterThan(answers[0]!.length);

  await button(page, "Unload").click();
  await page.getByText(/No model is placed/).waitFor({ timeout });
});

test("at the width of a phone nothing scrolls sideways, before and after an answer", async () => {
  const page = await openPage();
  await page.setViewportSize(phone);
  await picture(page, "4-phone-alone");
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
  await loadProposed(page);
  await page.getByRole("textbox", { name: "Prompt" }).fill(`Tell me about ${"x".repeat(120)}`);
  await button(page, "Send").click();
  await button(page, "Send").waitFor({ timeout });
  await waitForText(exchanges(page).first(), /tokens\/s/);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await picture(page, "5-phone-answered");
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
});

test("by keyboard alone: load, ask, go on and unload", async () => {
  const page = await openPage();
  await tabTo(page, button(page, "Load model"));
  await page.keyboard.press("Enter");
  await page.getByText(/Every word of the answer goes once round/).waitFor({ timeout });
  await tabTo(page, page.getByRole("textbox", { name: "Prompt" }));
  await page.keyboard.type("Tell me a story about a fox.");
  await page.keyboard.press("Enter");
  await exchanges(page).first().waitFor({ timeout });
  await button(page, "Send").waitFor({ timeout });
  await waitForText(exchanges(page).first(), /tokens\/s/);
  // Sending keeps the place, so the next question needs no search.
  await page.keyboard.type("Once upon a time");
  expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("Once upon a time");
  await tabTo(page, button(page, "Send"));
  await picture(page, "6-keyboard-focus");
  await tabTo(page, button(page, "Unload"));
  await page.keyboard.press("Space");
  await page.getByText(/No model is placed/).waitFor({ timeout });
});

/** Presses Tab until this has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const hasFocus = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < 60; presses += 1) {
    if (await hasFocus()) return;
    await page.keyboard.press("Tab");
  }
  expect(await hasFocus(), "within 60 presses of Tab").toBe(true);
}
