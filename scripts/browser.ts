import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright";
import { type BrowserFacts, type Installation, nextBrowserMove } from "./browser-choice.ts";
import { runCommand } from "./command.ts";

export interface FoundBrowser {
  readonly executablePath: string;
  /** Whose it is, for people. */
  readonly how: string;
}

/** A Chromium that starts, installed when there is none. Rejects with one sentence that says what was tried and what helps. */
export async function findBrowser(): Promise<FoundBrowser> {
  const tried: Installation[] = [];
  for (;;) {
    const move = nextBrowserMove(await gatherFacts(tried));
    if (move.type === "use") return { executablePath: move.path, how: move.how };
    if (move.type === "give-up") throw new Error(move.reason);
    tried.push(move.what);
    await install(move.what);
  }
}

export interface LaunchOptions {
  /** "software" pins the software adapter, so that numbers don't depend on the machine; "any" takes a GPU where there is one. None by default. */
  readonly webgpu?: "any" | "software" | undefined;
  /** Further flags of Chromium. */
  readonly flags?: readonly string[];
}

/** A headless Chromium. */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const { executablePath } = await findBrowser();
  return chromium.launch({ executablePath, args: [...browserFlags(options, isRoot())] });
}

/** Chromium's flags for headless runs; its sandbox stays on wherever it can work. */
export function browserFlags({ webgpu, flags = [] }: LaunchOptions, asRoot: boolean): readonly string[] {
  return [
    ...(asRoot ? ["--no-sandbox"] : []),
    ...(webgpu ? ["--enable-unsafe-webgpu"] : []),
    ...(webgpu === "software" ? ["--use-webgpu-adapter=swiftshader"] : []),
    // Tests fetch from their own server only; whatever the browser asks of its maker would blur what is counted.
    "--disable-background-networking",
    "--disable-component-update",
    "--no-pings",
    ...flags,
  ];
}

const isRoot = (): boolean => process.getuid?.() === 0;

async function gatherFacts(tried: readonly Installation[]): Promise<BrowserFacts> {
  const { CHROMIUM_PATH } = process.env;
  const own = chromium.executablePath();
  return {
    named: CHROMIUM_PATH ? { path: CHROMIUM_PATH, runs: await runs(CHROMIUM_PATH) } : undefined,
    own: { path: own, state: await stateOf(own) },
    system: await findOnPath(["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]),
    mayInstallPackages: isRoot() && (await isExecutable("/usr/bin/apt-get")),
    tried,
  };
}

async function stateOf(path: string): Promise<"runs" | "broken" | "missing"> {
  if (!(await isExecutable(path))) return "missing";
  return (await runs(path)) ? "runs" : "broken";
}

async function findOnPath(names: readonly string[]): Promise<string | undefined> {
  const { PATH = "" } = process.env;
  const folders = PATH.split(delimiter).filter((folder) => folder !== "");
  for (const path of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    if ((await isExecutable(path)) && (await runs(path))) return path;
  }
  return undefined;
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Whether it starts at all: a Chromium without its libraries, or Ubuntu's placeholder for a snap, doesn't. */
const runs = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    execFile(path, ["--version"], { timeout: 30_000 }, (error) => resolve(error === null));
  });

const installTimeoutMs = 5 * 60_000;

/** Tries one installation. Whether it helped shows when the facts are gathered anew. */
async function install(what: Installation): Promise<void> {
  console.error(`No browser yet; trying to install: ${descriptions[what]} …`);
  const options = {
    timeoutMs: installTimeoutMs,
    output: "stderr" as const,
    environment: { DEBIAN_FRONTEND: "noninteractive", PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: "15000" },
  };
  if (what !== "playwright") await refreshPackageLists(options);
  const [program, ...parameters] = commands[what];
  const code = await runCommand(program, parameters, options);
  if (code !== 0) console.error(`That did not work (exit code ${code}).`);
}

const descriptions: Readonly<Record<Installation, string>> = {
  playwright: "Playwright's Chromium",
  libraries: "the system libraries of Playwright's Chromium",
  distribution: "the distribution's Chromium",
};

const commands: Readonly<Record<Installation, readonly [string, ...string[]]>> = {
  playwright: ["npx", "--no-install", "playwright", "install", "chromium"],
  libraries: ["npx", "--no-install", "playwright", "install-deps", "chromium"],
  distribution: ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
};

/** Images of bare systems come without the lists of their packages, or with lists of packages that are gone. */
async function refreshPackageLists(options: Parameters<typeof runCommand>[2]): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    if ((await runCommand("apt-get", ["update"], options)) === 0) return;
  }
}
