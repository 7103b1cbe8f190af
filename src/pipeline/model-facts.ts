import { modelCost } from "../models/cost.ts";
import type { Model } from "../models/model.ts";
import type { ModelFacts } from "../page-api.ts";
import type { Room } from "../swarm/room.ts";
import type { ModelStore } from "./model-store.ts";

/** Keeps the facts of the placed model at hand; `changed` is called when they have become known. */
export function watchFacts(room: Room, models: ModelStore, changed: () => void): () => ModelFacts | null {
  let facts: ModelFacts | null = null;
  let wanted: string | null = null;
  const follow = () => {
    const ref = room.placement()?.model ?? null;
    if (ref === wanted) return;
    wanted = ref;
    facts = null;
    if (ref === null) return;
    readFacts(models, ref).then(
      (read) => {
        if (wanted !== ref) return;
        facts = read;
        changed();
      },
      () => {
        // A tab that can't read the model's files can't ask it either, and its own calls say why.
      },
    );
  };
  room.subscribe(follow);
  follow();
  return () => facts;
}

async function readFacts(models: ModelStore, ref: string): Promise<ModelFacts> {
  const [model, tokenizer] = await Promise.all([models.open(ref), models.tokenizer(ref)]);
  return { ...modelFacts(ref, model), chat: tokenizer.hasChatTemplate };
}

function modelFacts(ref: string, { decoder }: Model): Omit<ModelFacts, "chat"> {
  const { family, layers, hiddenSize, vocabularySize, contextLength } = decoder.shape;
  const cost = modelCost(decoder);
  const layerBytes = cost.layers.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
  const weightBytes = cost.embedding.weightBytes + layerBytes + cost.head.weightBytes - cost.tiedBytes;
  return { ref, family, layers, hiddenSize, vocabularySize, contextLength, weightBytes };
}
