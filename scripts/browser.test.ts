import { expect, test } from "vitest";
import { browserFlags } from "./browser.ts";
import { type BrowserFacts, type Installation, nextBrowserMove } from "./browser-choice.ts";

const bare: BrowserFacts = {
  named: undefined,
  own: { path: "/own", state: "missing" },
  system: undefined,
  mayInstallPackages: true,
  tried: [],
};
const own = (state: "runs" | "broken" | "missing") => ({ path: "/own", state });

test("a named browser is used or refused, never passed over", () => {
  const present = { ...bare, own: own("runs"), system: "/system" };
  const use = nextBrowserMove({ ...present, named: { path: "/mine", runs: true } });
  expect(use).toMatchObject({ type: "use", path: "/mine" });
  const refuse = nextBrowserMove({ ...present, named: { path: "/mine", runs: false } });
  expect(refuse).toEqual({ type: "give-up", reason: "CHROMIUM_PATH names /mine, which does not start." });
});

test("Playwright's own comes before the system's, and a system's before any installation", () => {
  expect(nextBrowserMove({ ...bare, own: own("runs"), system: "/system" })).toMatchObject({ path: "/own" });
  expect(nextBrowserMove({ ...bare, own: own("broken"), system: "/system" })).toMatchObject({
    path: "/system",
  });
  expect(nextBrowserMove({ ...bare, system: "/system" })).toMatchObject({ path: "/system" });
});

/** Installs without any effect except on Playwright's own, until it is given up; the order of the attempts. */
function attempts(facts: BrowserFacts, afterDownload: "broken" | "missing"): readonly string[] {
  const tried: Installation[] = [];
  for (;;) {
    const state = tried.includes("playwright") ? afterDownload : facts.own.state;
    const move = nextBrowserMove({ ...facts, own: own(state), tried });
    if (move.type !== "install") return [...tried, move.type];
    tried.push(move.what);
  }
}

test("each installation is tried once, downloads before packages, and then it is given up", () => {
  expect(attempts(bare, "missing")).toEqual(["playwright", "distribution", "give-up"]);
  expect(attempts(bare, "broken")).toEqual(["playwright", "libraries", "distribution", "give-up"]);
  expect(attempts({ ...bare, own: own("broken") }, "broken")).toEqual([
    "libraries",
    "distribution",
    "give-up",
  ]);
  expect(attempts({ ...bare, mayInstallPackages: false }, "broken")).toEqual(["playwright", "give-up"]);
});

test("giving up is one sentence that says what helps", () => {
  const move = nextBrowserMove({ ...bare, mayInstallPackages: false, tried: ["playwright"] });
  expect(move).toMatchObject({ type: "give-up" });
  expect("reason" in move && move.reason).toMatch(
    /^No browser: .*without being root.*CHROMIUM_PATH to one\.$/,
  );
});

test("the sandbox is off for root only, and WebGPU is on only when asked for", () => {
  expect(browserFlags({}, true)).toContain("--no-sandbox");
  expect(browserFlags({}, false)).not.toContain("--no-sandbox");
  expect(browserFlags({}, false).join()).not.toContain("webgpu");
  expect(browserFlags({ webgpu: "any" }, false).join()).not.toContain("swiftshader");
  expect(browserFlags({ webgpu: "software" }, false)).toEqual(
    expect.arrayContaining(["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]),
  );
});
