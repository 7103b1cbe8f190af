import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { expect, test } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** Commands of the README's shell blocks, one a line, without the installation that precedes some. */
const commands = [...readme.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, block = ""]) =>
  block
    .trim()
    .split("\n")
    .map((line) => line.replace("npm ci && ", "")),
);

/** Runs a command until it says what is awaited, or ends; gives what it printed so far. */
async function run(
  command: string,
  options: { readonly until?: RegExp; readonly env?: Record<string, string> } = {},
): Promise<{ readonly text: string; readonly code: number | null; readonly child: ChildProcess }> {
  const child = spawn(command, { shell: true, detached: true, env: { ...process.env, ...options.env } });
  let text = "";
  return new Promise((resolve) => {
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (options.until?.test(text)) resolve({ text, code: null, child });
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("exit", (code) => resolve({ text, code, child }));
  });
}

const stop = (child: ChildProcess) => {
  if (child.pid) process.kill(-child.pid, "SIGTERM");
};

const portOf = (text: string): number => Number(/localhost:(\d+)/.exec(text)?.[1]);

/** GET over https whose certificate nobody signed. */
const getInsecurely = (url: string) =>
  new Promise<string>((resolve, reject) => {
    request(url, { rejectUnauthorized: false }, (answer) => {
      let body = "";
      answer.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      answer.on("end", () => resolve(body));
    })
      .on("error", reject)
      .end();
  });

/** How each command of the README is shown to work; `npm run bench` has a short form. */
const proofs: Readonly<Record<string, () => Promise<void>>> = {
  "npm start": async () => {
    const { text, child } = await run("npm start", { until: /localhost:\d+/, env: { PORT: "0" } });
    try {
      expect(await (await fetch(`http://localhost:${portOf(text)}/health`)).json()).toEqual({ ok: true });
      expect(await (await fetch(`http://localhost:${portOf(text)}/`)).text()).toContain("Edgeloom");
    } finally {
      stop(child);
    }
  },
  "npm run start:lan": async () => {
    const { text, child } = await run("npm run start:lan", { until: /localhost:\d+/, env: { PORT: "0" } });
    try {
      expect(JSON.parse(await getInsecurely(`https://localhost:${portOf(text)}/health`))).toEqual({
        ok: true,
      });
    } finally {
      stop(child);
    }
  },
  "npm run demo": async () => {
    const { text, code } = await run("npm run demo");
    expect(text).toContain("tokens");
    expect(code, text).toBe(0);
  },
  "npm run bench": async () => {
    const { text, code } = await run("npm run bench -- --quick --tabs 1");
    expect(code, text).toBe(0);
  },
};

test("every command of the README has its proof here", () => {
  // What runs this file needs no other proof.
  expect(commands.toSorted()).toEqual([...Object.keys(proofs), "npm test"].toSorted());
});

test.each(Object.keys(proofs))("README: %s", async (command) => {
  await proofs[command]?.();
});
