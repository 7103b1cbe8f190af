import { transfer } from "comlink";
import { EdgeloomError } from "./tensor/edgeloom-error.ts";
import type { Introducer } from "./transport/introduce.ts";
import type { Introduction } from "./transport/introduction.ts";
import type { DeviceId } from "./transport/link.ts";
import { relayToPort } from "./transport/port-channel.ts";
import type { Arrival, PageSide } from "./worker-api.ts";

/**
 * Hands every new connection's channel to the working thread: the channel itself where the browser can move it, else
 * one end of a relay. Returns what that thread may ask of the page.
 */
export function handOver(
  introducer: Introducer,
  arrive: (arrival: Arrival, channel: RTCDataChannel | MessagePort) => void,
): PageSide {
  const made = new Map<number, Introduction>();
  const canMove = channelsCanMove();
  introducer.onChannel((introduction) => {
    const connection = made.size === 0 ? 1 : Math.max(...made.keys()) + 1;
    made.set(connection, introduction);
    const arrival = { connection, peer: introduction.remotePeer, viaDoor: introduction.viaDoor };
    if (canMove) return arrive(arrival, transfer(introduction.dc, [introduction.dc]));
    const { port1, port2 } = new MessageChannel();
    relayToPort(introduction.dc, port1);
    arrive(arrival, transfer(port2, [port2]));
  });
  const find = (connection: number): Introduction => {
    const introduction = made.get(connection);
    if (introduction) return introduction;
    throw new EdgeloomError("PeerLeft", `connection ${connection} is over`);
  };
  return {
    connect: (device) => void introducer.connect(device),
    fingerprints: (connection) => find(connection).fingerprints(),
    path: (connection) => find(connection).path(),
    linked(connection: number, device: DeviceId) {
      const { viaDoor, initiator } = made.get(connection) ?? {};
      if (viaDoor && initiator) introducer.foundHolder(device);
    },
    ended(connection, device) {
      made.get(connection)?.close();
      made.delete(connection);
      if (device !== null) introducer.lostPeer(device);
    },
  };
}

/** Whether this browser moves data channels to workers: tried on one that is never used. */
function channelsCanMove(): boolean {
  const pc = new RTCPeerConnection();
  const { port1 } = new MessageChannel();
  try {
    const dc = pc.createDataChannel("trial", { negotiated: true, id: 1 });
    port1.postMessage(dc, [dc]);
    return true;
  } catch {
    return false;
  } finally {
    port1.close();
    pc.close();
  }
}
