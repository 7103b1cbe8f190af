import { dot, type Matrix, mapRows, rowOf } from "./reference-matrix.ts";

/** Queries [rows, heads · headDim], keys and values [rows, kvHeads · headDim]. */
export interface Heads {
  readonly queries: Matrix;
  readonly keys: Matrix;
  readonly values: Matrix;
  readonly headDim: number;
  /** Multiplies q · k before the softmax. */
  readonly scale: number;
}

/** softmax(scale · q · k) · v over the positions up to the query's own; neighbouring query heads share a key head. */
export function causalAttention({ queries, keys, values, headDim, scale }: Heads): Matrix {
  const group = queries.columns / keys.columns;
  return mapRows(queries, queries.columns, (row, position) => {
    const mixed = new Float64Array(row.length);
    for (let head = 0; head < row.length / headDim; head++) {
      const shared = Math.floor(head / group) * headDim;
      const query = row.subarray(head * headDim, (head + 1) * headDim);
      const scores = Array.from(
        { length: position + 1 },
        (_, past) => scale * dot(query, rowOf(keys, past), shared),
      );
      for (const [past, share] of softmax(scores).entries())
        for (let index = 0; index < headDim; index++)
          mixed[head * headDim + index]! += share * rowOf(values, past)[shared + index]!;
    }
    return mixed;
  });
}

function softmax(scores: readonly number[]): readonly number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
