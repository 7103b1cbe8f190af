import { elementCount } from "../tensor/dtype.ts";
import type { Decoder } from "./decoder.ts";
import { buildSlice, type Slice } from "./slice.ts";

/** What a module asks of the device that holds it. */
export interface ModuleCost {
  /** Bytes of its weights as they are held, f32. */
  readonly weightBytes: number;
  /** Bytes its cache grows by with each token. */
  readonly cacheBytesPerToken: number;
  /** Floating-point operations of one token in the weights' products: two per weight. */
  readonly flopsPerToken: number;
}

export interface ModelCost {
  readonly embedding: ModuleCost;
  readonly layers: readonly ModuleCost[];
  readonly head: ModuleCost;
  /** Bytes that embedding and head share when they are on one device. */
  readonly tiedBytes: number;
  /** Bytes of one token's hidden states on the wire, f32. */
  readonly hiddenBytes: number;
}

const f32Bytes = 4;

export function modelCost(decoder: Decoder): ModelCost {
  const { shape } = decoder;
  const bytesOf = (slice: Slice): number =>
    buildSlice(decoder, slice, "decomposed").graph.weights.reduce(
      (sum, weight) => sum + f32Bytes * elementCount(weight.shape.map(Number)),
      0,
    );
  const end = shape.layers;
  const embeddingBytes = bytesOf({ start: 0, end: 0, embedding: true, head: false });
  const headBytes = bytesOf({ start: end, end, embedding: false, head: true });
  const layerBytes = bytesOf({ start: 0, end: 1, embedding: false, head: false });
  const layer = {
    weightBytes: layerBytes,
    cacheBytesPerToken: 2 * shape.kvHeads * shape.headDim * f32Bytes,
    flopsPerToken: (2 * layerBytes) / f32Bytes,
  };
  return {
    // A look-up multiplies nothing.
    embedding: { weightBytes: embeddingBytes, cacheBytesPerToken: 0, flopsPerToken: 0 },
    layers: Array.from({ length: shape.layers }, () => layer),
    head: { weightBytes: headBytes, cacheBytesPerToken: 0, flopsPerToken: (2 * headBytes) / f32Bytes },
    tiedBytes: shape.tied ? shape.vocabularySize * shape.hiddenSize * f32Bytes : 0,
    hiddenBytes: shape.hiddenSize * f32Bytes,
  };
}
