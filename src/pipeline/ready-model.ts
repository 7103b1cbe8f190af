import type { Room } from "../swarm/room.ts";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { World } from "../transport/link.ts";
import { coordinatorOf } from "./coordinator.ts";
import type { ReadyModel } from "./generations.ts";
import type { Ring } from "./inference/ring.ts";
import type { ModelStore } from "./model-store.ts";

export interface Asking {
  readonly room: Room;
  readonly models: ModelStore;
  readonly world: World;
}

/** The placed model as this tab can ask it. Throws InvalidRequest while none is placed, PeerLeft when a part of it is gone. */
export async function readyModel(
  { room, models, world }: Asking,
  post: Pick<Ring, "answers" | "send">,
): Promise<ReadyModel> {
  coordinatorOf(room);
  const placement = room.placement();
  if (!placement)
    throw new EdgeloomError("InvalidRequest", "no model is loaded in this room; load one first");
  const [model, tokenizer] = await Promise.all([
    models.open(placement.model),
    models.tokenizer(placement.model),
  ]);
  const devices = placement.stages.map(({ devices: [device] }) => device ?? "");
  const absent = devices.find((device) => !room.presence().has(device));
  if (absent !== undefined)
    throw new EdgeloomError(
      "PeerLeft",
      `device ${absent}, which holds layers of the model, isn't here; load the model again`,
    );
  const ring: Ring = { ...post, placement: placement.id, self: room.self, devices, now: world.now };
  return { model, tokenizer, ring, stages: placement.stages };
}
