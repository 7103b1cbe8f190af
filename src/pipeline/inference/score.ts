/** What the last stage knows of the targets of some rows. */
export interface Score {
  /** Σ −ln p(target), in nats, over the rows that have a target. */
  readonly negativeLogLikelihood: number;
  /** Logits of the last row. */
  readonly lastLogits: Float32Array<ArrayBuffer>;
}

/** Scores logits [rows, vocabulary] against one target id a row; −1 is no target. Summed in double precision. */
export function scoreRows(logits: Float32Array<ArrayBuffer>, targets: Int32Array): Score {
  const vocabulary = logits.length / targets.length;
  let sum = 0;
  targets.forEach((target, row) => {
    if (target >= 0)
      sum += negativeLogLikelihood(logits.subarray(row * vocabulary, (row + 1) * vocabulary), target);
  });
  return { negativeLogLikelihood: sum, lastLogits: logits.slice(logits.length - vocabulary) };
}

/** ln Σ exp(logit) − logit of the target, with the highest logit taken out first. */
function negativeLogLikelihood(logits: Float32Array, target: number): number {
  const highest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
  return Math.log(total) + highest - (logits[target] ?? Number.NaN);
}
