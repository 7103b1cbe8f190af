import type { Tab } from "./tab.ts";

/** Bytes and messages that each of a tab's data channels has sent, by the name of the tab at the other end. */
export type Traffic = Readonly<Record<string, { readonly bytes: number; readonly messages: number }>>;

/** Runs in every page before its own scripts: the browser's own statistics count, not ours. */
export const watchConnections = (): void => {
  const connections: RTCPeerConnection[] = [];
  Reflect.set(globalThis, "benchConnections", connections);
  const Original = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
};

interface Counted {
  readonly local: string;
  readonly remote: string;
  readonly bytes: number;
  readonly messages: number;
}

/** What each tab has sent so far, to whom. A connection is known by the certificates at its two ends. */
export async function readTraffic(
  tabs: readonly { readonly name: string; readonly tab: Tab }[],
): Promise<ReadonlyMap<string, Traffic>> {
  const seen: { readonly name: string; readonly counted: readonly Counted[] }[] = [];
  for (const { name, tab } of tabs) seen.push({ name, counted: await tab.call(countInPage) });
  const owner = new Map(seen.flatMap(({ name, counted }) => counted.map(({ local }) => [local, name])));
  return new Map(seen.map(({ name, counted }) => [name, sumByPeer(counted, owner)]));
}

function sumByPeer(counted: readonly Counted[], owner: ReadonlyMap<string, string>): Traffic {
  const traffic: Record<string, { bytes: number; messages: number }> = {};
  for (const { remote, bytes, messages } of counted) {
    const peer = owner.get(remote);
    if (peer === undefined) continue;
    const before = traffic[peer] ?? { bytes: 0, messages: 0 };
    traffic[peer] = { bytes: before.bytes + bytes, messages: before.messages + messages };
  }
  return traffic;
}

/** Runs in the page, so it uses nothing from outside itself. */
async function countInPage(): Promise<Counted[]> {
  const connections: RTCPeerConnection[] = Reflect.get(globalThis, "benchConnections");
  const certificate = (description: RTCSessionDescription | null): string =>
    /a=fingerprint:(.*)/.exec(description?.sdp ?? "")?.[1]?.trim() ?? "";
  const counted: Counted[] = [];
  for (const connection of connections) {
    let [bytes, messages] = [0, 0];
    for (const entry of (await connection.getStats()).values()) {
      if (entry.type !== "data-channel") continue;
      bytes += entry.bytesSent;
      messages += entry.messagesSent;
    }
    const { localDescription, remoteDescription } = connection;
    if (remoteDescription)
      counted.push({
        local: certificate(localDescription),
        remote: certificate(remoteDescription),
        bytes,
        messages,
      });
  }
  return counted;
}

/** Median round trip of a small message between two connections of one page: what a hop there and back costs without us. */
export function rawRoundTripMs(tab: Tab, bytes: number): Promise<number> {
  return tab.call(pingInPage, bytes);
}

async function pingInPage(bytes: number): Promise<number> {
  const [one, two] = [new RTCPeerConnection(), new RTCPeerConnection()];
  one.addEventListener("icecandidate", ({ candidate }) => void two.addIceCandidate(candidate));
  two.addEventListener("icecandidate", ({ candidate }) => void one.addIceCandidate(candidate));
  const near = one.createDataChannel("raw", { negotiated: true, id: 0 });
  const far = two.createDataChannel("raw", { negotiated: true, id: 0 });
  far.binaryType = "arraybuffer";
  far.addEventListener("message", ({ data }) => far.send(data));
  const isOpen = new Promise((resolve) => near.addEventListener("open", resolve, { once: true }));
  await one.setLocalDescription();
  if (one.localDescription) await two.setRemoteDescription(one.localDescription);
  await two.setLocalDescription();
  if (two.localDescription) await one.setRemoteDescription(two.localDescription);
  await isOpen;
  const times: number[] = [];
  for (let round = 0; round < 120; round++) {
    const startedAtMs = performance.now();
    const answer = new Promise((resolve) => near.addEventListener("message", resolve, { once: true }));
    near.send(new Uint8Array(bytes));
    await answer;
    if (round >= 20) times.push(performance.now() - startedAtMs);
  }
  one.close();
  two.close();
  times.sort((a, b) => a - b);
  return times[times.length >> 1] ?? 0;
}
