import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright";
import { createRoom, type Room } from "../scripts/room.ts";
import type { Mount } from "../src/server/pages.ts";
import type { ServedRequest } from "../src/server/request-log.ts";
import { type RunningServer, startServer } from "../src/server/start-server.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface SiteOptions {
  /** Further folders, e.g. of a generated model at `/models/random`. */
  readonly mounts?: readonly Mount[];
  readonly https?: boolean;
  /** Default: the project's built page. */
  readonly dist?: string;
}

/** A running server of the built page with a log of what it answered. */
export interface Site extends RunningServer {
  /** Grows with every answer. */
  readonly requests: readonly ServedRequest[];
  /** Bytes answered for paths that contain this text. */
  bytesOf(path: string): number;
  /** Forgets what was answered so far. */
  forget(): void;
}

/** Serves the built page on a free port, with every model of the shared models' folder beside the bundled one. */
export async function startSite({
  mounts = [],
  https = false,
  dist = join(root, "dist"),
}: SiteOptions = {}): Promise<Site> {
  if (!existsSync(join(dist, "index.html"))) throw new Error(`${dist} holds no page; npm run build makes it`);
  const requests: ServedRequest[] = [];
  const server = await startServer({
    port: 0,
    dist,
    https,
    cache: join(root, ".cache"),
    mounts: [...mounts, ...(await sharedModels())],
    onRequest: (request) => requests.push(request),
  });
  return {
    ...server,
    requests,
    bytesOf: (path) =>
      requests
        .filter((request) => request.path.includes(path))
        .reduce((sum, { bytesSent }) => sum + bytesSent, 0),
    forget: () => {
      requests.length = 0;
    },
  };
}

const { EDGELOOM_MODELS = "../shared/models" } = process.env;
/** Folder of models that are not bundled: EDGELOOM_MODELS, or the one shared beside the project. */
export const sharedModelsFolder = resolve(root, EDGELOOM_MODELS);

async function sharedModels(): Promise<readonly Mount[]> {
  const entries = await readdir(sharedModelsFolder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ path: `/models/${name}`, folder: join(sharedModelsFolder, name) }));
}

interface OpenRoom {
  readonly room: Room;
  readonly isKept: boolean;
}
const openRooms = new Set<OpenRoom>();

export interface RoomOptions {
  /** Outlives the test that opened it; whoever opened it closes it. Default false: closed after the test. */
  readonly keep?: boolean;
}

/** A room at a site. When the test fails, a picture of every open tab is left in `test-results`. */
export function openRoom(
  browser: Browser,
  site: { readonly url: string },
  { keep = false }: RoomOptions = {},
): Room {
  const room = createRoom(browser, site.url);
  const entry = { room, isKept: keep };
  openRooms.add(entry);
  return {
    ...room,
    close: async () => {
      openRooms.delete(entry);
      await room.close();
    },
  };
}

/** Takes a picture of every open tab. */
export async function saveScreenshots(testName: string): Promise<void> {
  const folder = join(root, "test-results");
  await mkdir(folder, { recursive: true });
  const fileName = testName.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 80);
  const tabs = [...openRooms].flatMap(({ room }) => room.tabs());
  for (const [index, { page }] of tabs.entries()) {
    const path = join(folder, `${fileName}-tab${index + 1}.png`);
    // A crashed tab has no picture; the others have.
    await page.screenshot({ path, timeout: 5000 }).catch(() => {});
  }
}

/** Closes the rooms that were opened for one test only. */
export async function closeRooms(): Promise<void> {
  for (const entry of openRooms) {
    if (entry.isKept) continue;
    openRooms.delete(entry);
    await entry.room.close();
  }
}
