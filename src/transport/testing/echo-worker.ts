import { createLink } from "../channel-link.ts";
import { portChannel } from "../port-channel.ts";
import { realWorld } from "../real-world.ts";
import { rtcChannel } from "../rtc-channel.ts";

/** Sends every frame of the channel or port it is given back over the same link; posts the link's end to the page. */
self.onmessage = ({ data }: MessageEvent<RTCDataChannel | MessagePort>) => {
  const channel = data instanceof MessagePort ? portChannel(data) : rtcChannel(data);
  const link = createLink({ channel, peer: "page", world: realWorld });
  link.onFrame((frame) => {
    link.send(frame, frame.type === "hidden" ? "bulk" : "control").catch(() => {});
  });
  void link.closed.then((reason) => self.postMessage(reason));
};
