import type { Browser, Locator } from "playwright";
import { expect } from "vitest";
import { launchBrowser } from "../scripts/browser.ts";
import type { Tab } from "../scripts/tab.ts";
import { referenceGreedy } from "../src/models/testing/reference.ts";
import type { GenerateRequest, LoadRequest } from "../src/page-api.ts";
import { openRoom, startSite } from "./harness.ts";
import { brokenModels, good, type ModelFolders, sharded, writeModels } from "./model-folders.ts";

export const promptIds = [5, 80, 100, 7];
const answerIds = referenceGreedy(good, promptIds, 6);

/** Two tabs of one room, at a site that also serves the generated models. */
export interface Pair {
  readonly tabs: readonly [Tab, Tab];
  /** The generated model over both of them. */
  readonly request: LoadRequest;
  /** Their ids, in layer order. */
  readonly ids: readonly string[];
  readonly folders: ModelFolders;
  close(): Promise<void>;
}

export async function openPair(): Promise<Pair> {
  const broken = brokenModels.map(({ id, files }) => [id, files] as const);
  const folders = await writeModels({
    good: good.files,
    vanishing: sharded.files,
    ...Object.fromEntries(broken),
  });
  const site = await startSite({ mounts: folders.mounts });
  const browser: Browser = await launchBrowser();
  const room = openRoom(browser, site, { keep: true });
  const open = (name: string) => room.open({ name, backend: "wasm", threads: 1 });
  const tabs = [await open("Ada"), await open("Ben")] as const;
  for (const tab of tabs) {
    tab.page.setDefaultTimeout(10_000);
    await tab.until(({ devices }) => devices.length === 2, "two devices");
  }
  const [first = "", second = ""] = (await tabs[0].snapshot()).devices.map(({ id }) => id);
  const placement = [
    { device: first, start: 0, end: 1 },
    { device: second, start: 1, end: 3 },
  ];
  return {
    tabs,
    request: { model: "good", placement },
    ids: [first, second],
    folders,
    async close() {
      await room.close();
      await browser.close();
      await site.close();
      await folders.remove();
    },
  };
}

export const load = (tab: Tab, request: LoadRequest) => tab.call((it) => edgeloom.load(it), request);
export const generate = (tab: Tab, request: GenerateRequest) =>
  tab.call((it) => edgeloom.generate(it), request);

/** The error of a call, by its name, with a message that states these facts. */
export async function expectError(
  call: Promise<unknown>,
  name: string,
  facts: readonly string[],
): Promise<void> {
  const error = await call.then(
    () => new Error("it was not refused"),
    (reason: Error) => reason,
  );
  expect({ name: error.name, message: error.message }).toEqual({ name, message: expect.any(String) });
  for (const fact of facts) expect(error.message).toContain(fact);
}

/** The room goes on: both tabs get the tokens of the model that is placed, as the reference computes them. */
export async function expectAnswers(tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) {
    const { tokenIds } = await generate(tab, { promptIds, maxTokens: answerIds.length, stopAtEnd: false });
    expect(tokenIds).toEqual(answerIds);
    // Browsers write every refused or failed request to the console themselves.
    const own = tab.errors.filter((error) => !/Failed to load resource|blocked by CORS/.test(error));
    expect(own).toEqual([]);
  }
}

export const modelPanel = ({ page }: Tab): Locator => page.getByRole("region", { name: "Model" });
export const askPanel = ({ page }: Tab): Locator => page.getByRole("region", { name: /^(Ask|Complete)$/ });

/** As a person would: types the reference, looks at the plan, and loads it all the same. Gives the error that is announced. */
export async function loadInDashboard(tab: Tab, ref: string): Promise<Locator> {
  const panel = modelPanel(tab);
  const other = panel.getByText("Another checkpoint");
  if (!(await other.isVisible())) await panel.getByText("Place anew or change the model").click();
  await other.click();
  await panel.getByLabel("Model reference").fill(ref);
  await panel.getByLabel("Model reference").press("Enter");
  await panel.getByRole("button", { name: "Load model" }).click();
  return panel.getByRole("alert");
}

export async function expectNote(note: Locator, name: string, facts: readonly string[]): Promise<void> {
  await note.waitFor();
  expect(await note.getAttribute("data-error")).toBe(name);
  for (const fact of facts) expect(await note.textContent()).toContain(fact);
}
