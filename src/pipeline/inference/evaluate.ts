import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import { prefillRows, type Ring, startSequence } from "./ring.ts";

export interface Evaluation {
  /** Logits of the last position of the last sequence. */
  readonly lastLogits: Float32Array<ArrayBuffer>;
  /** Mean cross-entropy in nats per predicted token; NaN when no sequence has a second token to predict. */
  readonly loss: number;
}

/** Scores sequences through the stages, one after the other. */
export async function evaluate(ring: Ring, sequences: readonly (readonly number[])[]): Promise<Evaluation> {
  let sum = 0;
  let predicted = 0;
  let lastLogits = new Float32Array(0);
  for (const ids of sequences) {
    const score = await scoreSequence(ring, ids);
    sum += score.sum;
    predicted += ids.length - 1;
    lastLogits = score.lastLogits;
  }
  return { lastLogits, loss: sum / predicted };
}

async function scoreSequence(
  ring: Ring,
  ids: readonly number[],
): Promise<{ readonly sum: number; readonly lastLogits: Float32Array<ArrayBuffer> }> {
  const sequence = startSequence(ring);
  let sum = 0;
  let lastLogits = new Float32Array(0);
  try {
    for (let start = 0; start < ids.length; start += prefillRows) {
      const piece = ids.slice(start, start + prefillRows);
      const targets = Int32Array.from(piece, (_, row) => ids[start + row + 1] ?? -1);
      const { frame } = await sequence.ask(piece, { type: "score", targets });
      if (frame.type !== "score")
        throw new EdgeloomError(
          "ProtocolMismatch",
          `the last stage answered ${frame.type} where a score was asked; reload its tab`,
        );
      sum += frame.negativeLogLikelihood;
      lastLogits = frame.lastLogits;
    }
  } finally {
    sequence.close();
  }
  return { sum, lastLogits };
}
