import { spawn } from "node:child_process";

export interface CommandOptions {
  readonly timeoutMs: number;
  /** Further environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where its output goes: to ours, all to our standard error, or nowhere. Default "inherit". */
  readonly output?: "inherit" | "stderr" | "none";
}

/** Runs a program to its end and gives its exit code; 124 when the time was up, 127 when it couldn't be started. */
export function runCommand(
  command: string,
  parameters: readonly string[],
  options: CommandOptions,
): Promise<number> {
  const { timeoutMs, environment = {}, output = "inherit" } = options;
  const outputs = { inherit: "inherit", stderr: 2, none: "ignore" } as const;
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      env: { ...process.env, ...environment },
      stdio: ["ignore", outputs[output], output === "stderr" ? 2 : outputs[output]],
      // Its own group: what it started ends with it.
      detached: true,
    });
    const end = (signal: NodeJS.Signals): void => endGroup(child.pid, signal);
    const onSignal = (signal: NodeJS.Signals): void => {
      end(signal);
      process.exit(130);
    };
    const giveUp = setTimeout(() => {
      end("SIGKILL");
      settle(124);
    }, timeoutMs);
    const settle = (code: number): void => {
      clearTimeout(giveUp);
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
      resolve(code);
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    child.once("error", () => settle(127));
    child.once("exit", (code) => settle(code ?? 1));
  });
}

function endGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // It ended by itself in the meantime.
  }
}
