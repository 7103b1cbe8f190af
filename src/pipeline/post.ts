import type { Room } from "../swarm/room.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { Frame } from "../transport/frame.ts";
import type { DeviceId, Link, World } from "../transport/link.ts";
import type { Answers } from "./inference/answers.ts";
import type { StageFrame } from "./stage.ts";
import type { Stages } from "./stages.ts";

/** Carries frames of generations between stages and askers, on this device or another. */
export interface Post {
  /** Rejects with PeerLeft when the device isn't linked. */
  send(device: DeviceId, frame: Frame): Promise<void>;
  /** A frame from a peer, or from this device itself when `link` is null. */
  receive(frame: Frame, link: Link | null): void;
}

export interface PostOptions {
  readonly room: Room;
  readonly answers: Answers;
  readonly world: World;
  /** Null where this tab doesn't compute. */
  stages(): Stages | null;
}

export function createPost({ room, answers, world, stages }: PostOptions): Post {
  const post: Post = {
    async send(device, frame) {
      if (device === room.self) {
        post.receive(frame, null);
        return;
      }
      const link = room.linkTo(device);
      if (!link)
        throw new EdgeloomError(
          "PeerLeft",
          `device ${device} isn't linked to this one any more; load the model again`,
        );
      await link.send(frame);
    },
    receive(frame, link) {
      switch (frame.type) {
        case "ids":
        case "hidden":
          return toStage(frame, link);
        case "token":
        case "score":
        case "passed":
        case "failed":
          // Late answers of a generation that was closed find nobody; that is their end.
          answers.deliver(frame);
          return;
        case "release":
          stages()?.release(frame.generation);
          return;
        default:
          return;
      }
    },
  };
  const toStage = (frame: StageFrame, link: Link | null) => {
    const { placement, asker, sentAtMs } = frame.course;
    const offsetMs = link?.stats().clockOffsetMs ?? 0;
    const handled = stages()?.handle(frame, Math.max(0, world.now() - sentAtMs - offsetMs)) ?? null;
    if (handled !== null) return;
    if (link && !stages()?.knows(placement))
      return link.close({ type: "malformed", message: `placement ${placement} was never this device's` });
    const message = `stage ${frame.course.laps.length} of placement ${placement} isn't held here; load the model again`;
    post
      .send(asker, { type: "failed", course: frame.course, failure: { name: "DeviceLost", message } })
      .catch(() => {});
  };
  return post;
}
