import { expose, type Remote, wrap } from "comlink";
import { startRenewable } from "./compute/renewable-runtime.ts";
import { startRuntime } from "./compute/start-runtime.ts";
import type { Device } from "./page-api.ts";
import { createModelStore } from "./pipeline/model-store.ts";
import { createSnapshotFeed, type SnapshotFeed } from "./pipeline/snapshot-feed.ts";
import { createTab, type Tab } from "./pipeline/tab.ts";
import { admit } from "./swarm/admission.ts";
import type { Presence } from "./swarm/presence.ts";
import { createRoom, type Room } from "./swarm/room.ts";
import { deviceOf, snapshotOf } from "./swarm/snapshot.ts";
import { EdgeloomError, failureOf } from "./tensor/edgeloom-error.ts";
import type { ByteChannel } from "./transport/link.ts";
import { portChannel } from "./transport/port-channel.ts";
import { realWorld } from "./transport/real-world.ts";
import { rtcChannel } from "./transport/rtc-channel.ts";
import { shapeChannel } from "./transport/shaped-channel.ts";
import type { Arrival, JoinOptions, PageSide, WorkerSide } from "./worker-api.ts";

/** A tab's working thread: links, stages and the room live here, so that a token never waits for the page. */

interface Joined {
  readonly options: JoinOptions;
  readonly page: Remote<PageSide>;
  readonly room: Room;
  readonly tab: Tab;
}

/** Peers learn at this pace how a device's links do. */
const linkReportMs = 1000;

const paths = new Map<string, "direct" | "relay">();
let joined: Joined | null = null;
let feed: SnapshotFeed | null = null;
let admitted: () => void = () => {};
let refused: (error: Error) => void = () => {};
const admission = new Promise<void>((resolve, reject) => {
  admitted = resolve;
  refused = reject;
});
// Only a tab that comes by the door waits for it.
admission.catch(() => {});

const live = (): Joined => {
  if (joined) return joined;
  throw new EdgeloomError("InvalidRequest", "this tab hasn't joined a room yet; await edgeloom.ready first");
};

async function join(options: JoinOptions, port: MessagePort): Promise<Device> {
  const page = wrap<PageSide>(port);
  const { role, runtime: wanted } = options.tab;
  const device = role === "device" ? await startRenewable(startRuntime, wanted) : null;
  const { self, name } = options;
  const presence: Presence = {
    device: {
      id: self,
      name,
      role,
      backend: "wasm",
      threads: 0,
      memoryBudgetBytes: 0,
      gflops: 0,
      ...device?.profile,
    },
    isProfiled: true,
    visible: true,
    memoryUsedBytes: 0,
    held: [],
    generations: [],
    laps: [],
    links: [],
  };
  const connect = (device: string) => void page.connect(device);
  const room = createRoom({ self, name: options.room, world: realWorld, presence, connect });
  const models = createModelStore(options.base);
  const tab = createTab({ room, models, world: realWorld, device, changed: () => feed?.changed() });
  feed = createSnapshotFeed(realWorld, () => snapshotOf(room, tab.facts()));
  room.subscribe(feed.changed);
  reportLinks(room);
  joined = { options, page, room, tab };
  return deviceOf(presence);
}

function reportLinks(room: Room): void {
  realWorld.after(linkReportMs, () => {
    const links = [...room.presence().keys()].flatMap((to) => {
      const stats = room.linkTo(to)?.stats();
      return stats
        ? [
            {
              to,
              rttMs: stats.rttMs,
              bytesPerSecond: stats.bytesPerSecond,
              path: paths.get(to) ?? ("direct" as const),
            },
          ]
        : [];
    });
    room.setPresence({ links });
    reportLinks(room);
  });
}

async function arrive(
  { connection, peer, viaDoor }: Arrival,
  end: RTCDataChannel | MessagePort,
): Promise<void> {
  const { options, page, room } = live();
  const plain: ByteChannel = end instanceof MessagePort ? portChannel(end) : rtcChannel(end);
  const channel = options.tab.link ? shapeChannel(plain, options.tab.link, realWorld) : plain;
  try {
    const fingerprints = await page.fingerprints(connection);
    const { self, key } = options;
    const link = await admit({
      channel,
      expected: peer,
      self,
      room: options.room,
      key,
      fingerprints,
      world: realWorld,
    });
    void page.linked(connection, link.peer);
    if (viaDoor && room.linkTo(link.peer)) {
      // A room that changed its door leads its members to each other once more; the link they have is good.
      void link.closed.then(() => page.ended(connection, null));
      return link.close({ type: "left", message: "these two are linked already" });
    }
    void link.closed.then(() => page.ended(connection, link.peer));
    paths.set(link.peer, await page.path(connection));
    room.addLink(link);
    admitted();
  } catch (error) {
    channel.close();
    void page.ended(connection, null);
    const failure = failureOf(error);
    if (failure.name !== "NotAuthorised" && failure.name !== "ProtocolMismatch") return;
    refused(error instanceof Error ? error : new EdgeloomError(failure.name, failure.message));
    room.notice({ device: peer, ...failure });
  }
}

const workerSide: WorkerSide = {
  join,
  arrive,
  admitted: () => admission,
  unavailable: (device) => live().room.unavailable(device),
  setVisible: (visible) => live().room.setPresence({ visible }),
  leave: () => joined?.room.close(),
  nextSnapshot(version) {
    if (!feed)
      throw new EdgeloomError(
        "InvalidRequest",
        "this tab hasn't joined a room yet; await edgeloom.ready first",
      );
    return feed.next(version);
  },
  plan: (request) => live().tab.plan(request),
  load: (request) => live().tab.load(request),
  unload: () => live().tab.unload(),
  startGeneration: (request) => live().tab.startGeneration(request),
  pullGeneration: (id) => live().tab.pullGeneration(id),
  cancelGeneration: (id) => live().tab.cancelGeneration(id),
  evaluate: (request) => live().tab.evaluate(request),
  tokenize: (text) => live().tab.tokenize(text),
};
expose(workerSide);
