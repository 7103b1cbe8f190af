/** What `npm start` was asked for. */
export interface Settings {
  readonly port: number;
  readonly https: boolean;
  /** Take an existing `dist` as it is. */
  readonly reuseBuild: boolean;
}

const portDefault = 5173;

/** Reads environment and command line; throws an Error with one clear sentence. */
export function parseSettings(environment: NodeJS.ProcessEnv, flags: readonly string[]): Settings {
  const unknown = flags.find((flag) => flag !== "--no-build");
  if (unknown !== undefined) {
    throw new Error(
      `${unknown} is not an option; there is --no-build, and PORT and HTTPS=1 in the environment.`,
    );
  }
  const { PORT, HTTPS, EDGELOOM_NO_BUILD } = environment;
  return {
    port: parsePort(PORT),
    https: isOn(HTTPS),
    reuseBuild: flags.includes("--no-build") || isOn(EDGELOOM_NO_BUILD),
  };
}

function parsePort(text: string | undefined): number {
  if (text === undefined || text === "") return portDefault;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port;
  throw new Error(`PORT is "${text}"; give a number from 1 to 65535, or 0 for any free one.`);
}

const isOn = (text: string | undefined): boolean => text === "1" || text === "true";

/** One sentence for a port that could not be opened. */
export function portFailure(error: unknown, port: number): Error {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return new Error(
      `Port ${port} is taken; stop what uses it, or choose another, e.g. PORT=${port + 1} npm start.`,
    );
  }
  if (code === "EACCES") {
    return new Error(
      `Port ${port} may not be opened by this user; choose one above 1023, e.g. PORT=${portDefault}.`,
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}
