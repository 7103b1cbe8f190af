import { expose, transfer, wrap } from "comlink";
import { version } from "../package.json";
import { mountDashboard } from "./dashboard/mount.tsx";
import type { Device } from "./page-api.ts";
import { handOver } from "./page-connections.ts";
import { createPageStore, joiningSnapshot, type PageStore } from "./page-store.ts";
import { createEdgeloom } from "./pipeline/page-edgeloom.ts";
import { parseTabOptions, type TabOptions } from "./pipeline/tab-options.ts";
import { deviceName } from "./swarm/device-name.ts";
import { addressWithRoom, type RoomAddress, readRoomAddress, toBase64url } from "./swarm/room-address.ts";
import { EdgeloomError } from "./tensor/edgeloom-error.ts";
import { type Introducer, introduce } from "./transport/introduce.ts";
import { realWorld } from "./transport/real-world.ts";
import type { PageSide, WorkerSide } from "./worker-api.ts";

/** The page: it joins the room, shows the dashboard, and puts `edgeloom` on the global object. */

const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));
/** A room that doesn't let anybody in for so long can't be reached. */
const admissionMs = 30_000;

interface Page {
  readonly self: string;
  readonly address: RoomAddress;
  readonly options: TabOptions;
}

/** A malformed address makes no room: the page says so, and opens one of its own to say it in. */
function readPage(): { readonly page: Page; readonly fault: Error | null } {
  const self = `el-${toBase64url(randomBytes(9)).replaceAll(/[-_]/g, "x")}`;
  try {
    const address = readRoomAddress(location.href, randomBytes);
    return {
      page: { self, address, options: parseTabOptions(new URLSearchParams(location.search)) },
      fault: null,
    };
  } catch (error) {
    const address = readRoomAddress(new URL(location.pathname, location.href).href, randomBytes);
    const fault = error instanceof Error ? error : new Error(String(error));
    return { page: { self, address, options: parseTabOptions(new URLSearchParams()) }, fault };
  }
}

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "edgeloom" });
const remote = wrap<WorkerSide>(worker);

async function join({ self, address, options }: Page, store: PageStore): Promise<Device> {
  if (!isSecureContext)
    throw new EdgeloomError(
      "Unreachable",
      "this page was opened over plain http from another machine, where browsers allow no GPU, threads or keys; start the server with npm run start:lan and open its https address",
    );
  history.replaceState(null, "", addressWithRoom(location.href, address));
  const { port1, port2 } = new MessageChannel();
  const base = new URL("./", location.href).href.replace(/[?#].*/, "");
  const name = options.name ?? deviceName(navigator.userAgent, self);
  const introducing: { page: PageSide | null } = { page: null };
  expose(lateBound(introducing), port1);
  const device = await remote.join({ self, name, ...address, base, tab: options }, transfer(port2, [port2]));
  void followSnapshots(store);
  const introducer = introduce({
    host: location.hostname,
    port: Number(location.port || (location.protocol === "https:" ? 443 : 80)),
    path: "/signal",
    secure: location.protocol === "https:",
    room: address.room,
    device: self,
    iceServers: options.iceServers,
    relayOnly: options.relayOnly,
    world: realWorld,
  });
  introducing.page = handOver(introducer, (arrival, channel) => void remote.arrive(arrival, channel));
  introducer.onUnavailable((unavailable) => void remote.unavailable(unavailable));
  followPage(introducer);
  await letIn(introducer);
  return device;
}

/** The working thread gets its page's side before there is anything behind it; it has no connections to ask about until then. */
function lateBound(introducing: { readonly page: PageSide | null }): PageSide {
  const page = (): PageSide => {
    if (introducing.page) return introducing.page;
    throw new EdgeloomError("PeerLeft", "this tab isn't introduced to its room yet");
  };
  return {
    connect: (device) => page().connect(device),
    fingerprints: (connection) => page().fingerprints(connection),
    path: (connection) => page().path(connection),
    linked: (connection, device) => page().linked(connection, device),
    ended: (connection, device) => page().ended(connection, device),
  };
}

/** Resolves once this tab holds the room's door, or somebody in the room let it in. Rejects, and leaves, when it is refused. */
async function letIn(introducer: Introducer): Promise<void> {
  const atDoor = new Promise<void>((resolve) => {
    introducer.onStatus(({ holdsDoor }) => {
      if (holdsDoor) resolve();
    });
  });
  const late = new Promise<never>((_, reject) => {
    realWorld.after(admissionMs, () =>
      reject(
        new EdgeloomError(
          "Unreachable",
          `nobody let this tab into its room within ${admissionMs / 1000} s: check that the server runs and that this device can reach the others; then reload`,
        ),
      ),
    );
  });
  try {
    await Promise.race([atDoor, remote.admitted(), late]);
  } catch (error) {
    introducer.close();
    throw error;
  }
}

async function followSnapshots(store: PageStore): Promise<void> {
  for (let seen = 0; ; ) {
    const { version: newest, snapshot } = await remote.nextSnapshot(seen);
    seen = newest;
    store.show(snapshot);
  }
}

function followPage(introducer: Introducer): void {
  document.addEventListener(
    "visibilitychange",
    () => void remote.setVisible(document.visibilityState === "visible"),
  );
  void remote.setVisible(document.visibilityState === "visible");
  addEventListener("pagehide", () => {
    void remote.leave();
    introducer.close();
  });
}

const { page, fault } = readPage();
const { self, address, options } = page;
const store = createPageStore(
  joiningSnapshot(address.room, {
    id: self,
    name: options.name ?? deviceName(navigator.userAgent, self),
    role: options.role,
  }),
);
const ready = fault ? Promise.reject(fault) : join(page, store);
// Whoever awaits it hears of a failure; the dashboard does.
ready.catch(() => {});
globalThis.edgeloom = createEdgeloom(version, { ready, tab: remote, store });

const root = document.getElementById("root");
if (root)
  mountDashboard({
    root,
    edgeloom: globalThis.edgeloom,
    joinUrl: address.joinUrl,
    models: [
      {
        ref: "fables-1m",
        title: "Fables 1M",
        note: "bundled: tells short fables; 5 MB",
        example: "Tell me a story about a brave fox and a lantern.",
      },
    ],
    origin: { secure: isSecureContext, secureUrl: null },
  });
