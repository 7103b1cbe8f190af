/** Two peer connections of this page, joined, with one negotiated channel each; the channels may still be transferred. */
export function loopback(): {
  readonly channels: readonly [RTCDataChannel, RTCDataChannel];
  readonly close: () => void;
} {
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  const init = { negotiated: true, id: 64, ordered: true };
  const channels = [a.createDataChannel("edgeloom", init), b.createDataChannel("edgeloom", init)] as const;
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate ?? undefined).catch(() => {});
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate ?? undefined).catch(() => {});
  void negotiate(a, b);
  return {
    channels,
    close: () => {
      a.close();
      b.close();
    },
  };
}

async function negotiate(a: RTCPeerConnection, b: RTCPeerConnection): Promise<void> {
  const offer = await a.createOffer();
  // Both sides hold their descriptions before the first candidate can come.
  await Promise.all([a.setLocalDescription(offer), b.setRemoteDescription(offer)]);
  const answer = await b.createAnswer();
  await Promise.all([b.setLocalDescription(answer), a.setRemoteDescription(answer)]);
}
