import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../scripts/browser.ts";
import type { Tab } from "../scripts/tab.ts";
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

const failureOf = (call: Promise<unknown>): Promise<{ readonly name: string; readonly message: string }> =>
  call.then(
    () => ({ name: "no error", message: "" }),
    ({ name, message }: Error) => ({ name, message }),
  );

const isPair = (tab: Tab) => tab.until(({ devices }) => devices.length === 2, "two devices");

test("a model larger than the room's memory: the plan and the error say how many bytes are missing", async () => {
  const room = openRoom(browser, site);
  const options = { backend: "wasm", threads: 1, memory: "1.2MB" } as const;
  const tabs = [await room.open({ ...options, name: "Ada" }), await room.open({ ...options, name: "Ben" })];
  for (const tab of tabs) {
    await isPair(tab);
    const plan = await tab.call(() => edgeloom.plan({ model: "fables-1m" }));
    expect(plan).toMatchObject({ type: "infeasible", missingBytes: expect.any(Number) });
    const missingBytes = plan.type === "infeasible" ? plan.missingBytes : 0;
    // Two budgets of 1.2 MB against 1.24 million weights of 4 bytes, and their caches.
    expect(missingBytes).toBeGreaterThan(4 * 1.2e6 - 2.4e6);
    const failure = await failureOf(tab.call(() => edgeloom.load({ model: "fables-1m" })));
    expect(failure).toEqual({
      name: "DoesNotFit",
      message: expect.stringContaining(`${missingBytes} bytes`),
    });
    const panel = tab.page.getByRole("region", { name: "Model" });
    await panel.getByTestId("infeasible").waitFor();
    await panel.getByRole("button", { name: "Load model" }).click();
    const note = panel.getByRole("alert");
    await note.waitFor();
    expect(await note.getAttribute("data-error")).toBe("DoesNotFit");
    expect(await note.textContent()).toContain(`${missingBytes} bytes`);
  }
  const [ada, ben] = tabs;
  // This one needs both.
  const { stages } = await ada!.call(() => edgeloom.load({ model: "stories260K" }));
  expect(stages).toHaveLength(2);
  const { text } = await ben!.call(() => edgeloom.generate({ prompt: "Once upon a time", maxTokens: 8 }));
  expect(text).toContain(", there was");
});

test("a room in which nobody computes: NoDevices, until somebody does", async () => {
  const room = openRoom(browser, site);
  const tabs = [await room.open({ role: "client" }), await room.open({ role: "viewer" })];
  for (const tab of tabs) {
    await isPair(tab);
    const calls = [
      tab.call(() => edgeloom.load({ model: "stories260K" })),
      tab.call(() => edgeloom.plan({ model: "stories260K" })),
      tab.call(() => edgeloom.generate({ prompt: "Once", maxTokens: 2 })),
    ];
    for (const call of calls)
      expect(await failureOf(call)).toEqual({
        name: "NoDevices",
        message: expect.stringContaining("computes"),
      });
    const panel = tab.page.getByRole("region", { name: "Model" });
    await panel.getByRole("button", { name: "Load model" }).click();
    expect(await panel.getByRole("alert").getAttribute("data-error")).toBe("NoDevices");
  }
  const worker = await room.open({ backend: "wasm", threads: 1 });
  const [client] = tabs;
  await client!.until(({ devices }) => devices.length === 3, "three devices");
  await client!.call(() => edgeloom.load({ model: "stories260K" }));
  const { text } = await client!.call(() => edgeloom.generate({ prompt: "Once upon a time", maxTokens: 8 }));
  expect(text).toContain(", there was");
  const { placement } = await worker.snapshot();
  expect(placement?.stages.flatMap(({ devices }) => devices)).toEqual([await worker.id()]);
});

test("an address that makes no sense is refused by the parameter's name, and joins nobody", async () => {
  const room = openRoom(browser, site);
  const ada = await room.open({ name: "Ada", backend: "wasm", threads: 1 });
  for (const [options, facts] of [
    [{ memory: "much" }, ["memory=much", "256MB"]],
    [{ slow: -1 }, ["slow=-1"]],
    [{ link: "rtt=soon" }, ["link"]],
    [{ key: "short" }, ["#key", "32 bytes"]],
  ] as const) {
    const stray = await room.open({ ...options, awaitReady: false });
    const failure = await failureOf(stray.ready());
    expect(failure.name).toBe("InvalidRequest");
    const note = stray.page.getByRole("alert").first();
    await note.waitFor();
    expect(await note.getAttribute("data-error")).toBe("InvalidRequest");
    for (const fact of facts) {
      expect(failure.message).toContain(fact);
      expect(await note.textContent()).toContain(fact);
    }
    expect((await failureOf(stray.call(() => edgeloom.unload()))).name).toBe("InvalidRequest");
    await stray.close();
  }
  expect((await ada.snapshot()).devices.map(({ name }) => name)).toEqual(["Ada"]);
});
