import { elementCount } from "../tensor/dtype.ts";
import { type F32Tensor, f32Tensor, i32Tensor, type Tensor } from "../tensor/tensor.ts";
import type { DecoderShape } from "./decoder.ts";
import type { SliceGraph } from "./slice.ts";

/** Where the rows of one step stand. */
export interface Step {
  /** Rows already in the caches: the position of the first new row. */
  readonly position: number;
  readonly rows: number;
  /** Rows whose logits are wanted; ignored where the slice has no head. */
  readonly taken: readonly number[];
}

/** Hides a key from a query. Finite, because GPU shaders may assume that no infinity occurs. */
const hidden = -1e30;

/** Every input of the slice's graph besides `ids`, `hidden` and the caches, for one step. */
export function stepFeeds(
  shape: DecoderShape,
  slice: SliceGraph,
  step: Step,
): Readonly<Record<string, Tensor>> {
  const makers: Readonly<Record<string, () => Tensor>> = {
    positions: () =>
      i32Tensor(
        [step.rows],
        Array.from({ length: step.rows }, (_, row) => step.position + row),
      ),
    cos: () => angles(shape, step, Math.cos),
    sin: () => angles(shape, step, Math.sin),
    mask: () => causalMask(step),
    last_key: () => i32Tensor([1], [step.position + step.rows - 1]),
    total: () => i32Tensor([1], [step.position + step.rows]),
    taken: () => i32Tensor([step.taken.length], step.taken),
  };
  const feeds: Record<string, Tensor> = {};
  for (const { name } of slice.graph.inputs) {
    const make = makers[name];
    if (make) feeds[name] = make();
  }
  return feeds;
}

/** f32 [rows, headDim/2]; angles are computed in double precision, so that late positions stay exact. */
function angles(
  { inverseFrequencies }: DecoderShape,
  { position, rows }: Step,
  of: (angle: number) => number,
): F32Tensor {
  const frequencies = inverseFrequencies ?? [];
  const table = f32Tensor([rows, frequencies.length]);
  for (let row = 0; row < rows; row++)
    frequencies.forEach((frequency, i) => {
      table.data[row * frequencies.length + i] = of((position + row) * frequency);
    });
  return table;
}

/** f32 [rows, position + rows]: a row sees every key up to itself. */
function causalMask({ position, rows }: Step): F32Tensor {
  const shape = [rows, position + rows];
  const mask = new Float32Array(elementCount(shape));
  for (let row = 0; row < rows - 1; row++)
    mask.fill(hidden, row * (position + rows) + position + row + 1, (row + 1) * (position + rows));
  return f32Tensor(shape, mask);
}
