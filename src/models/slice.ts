import { type GraphBuilder, graphBuilder, type Value } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { AttentionForm, Decoder, LayerContext } from "./decoder.ts";

/** A contiguous range of a model's modules: layers [start, end), with the embedding before and the head behind where set. */
export interface Slice {
  readonly start: number;
  readonly end: number;
  readonly embedding: boolean;
  readonly head: boolean;
}

/** A cache of the slice: the graph's output becomes its input of the next step. */
export interface CachePair {
  readonly input: string;
  readonly output: string;
  /** Shape before the first row. */
  readonly emptyShape: readonly number[];
}

/** A slice as one graph, and which of its values live on between steps. */
export interface SliceGraph {
  readonly graph: Graph;
  readonly form: AttentionForm;
  readonly caches: readonly CachePair[];
  /** Name of the output: "hidden_out" f32 [rows, hiddenSize], or "logits" f32 [taken, vocabularySize]. */
  readonly output: "hidden_out" | "logits";
}

/**
 * Builds the one graph of a slice. Inputs, each only where the slice needs it: `ids` and `positions` i32 [rows], or
 * `hidden` f32 [rows, hiddenSize]; `cos`, `sin` f32 [rows, headDim/2]; `mask` f32 [rows, past+rows] (decomposed) or
 * `last_key`, `total` i32 [1] (fused); `taken` i32 [taken], the rows to give logits of; and the caches.
 */
export function buildSlice(model: Decoder, slice: Slice, form: AttentionForm): SliceGraph {
  checkRange(model, slice);
  const graph = graphBuilder(`${model.shape.family}-${slice.start}-${slice.end}`);
  const caches: CachePair[] = [];
  let hidden = slice.embedding
    ? graph.within("embedding", () =>
        model.embed(graph, {
          ids: graph.input("ids", "i32", ["rows"]),
          positions: positionsOf(graph, model),
        }),
      )
    : graph.input("hidden", "f32", ["rows", model.shape.hiddenSize]);
  const shared = slice.end > slice.start ? sharedInputs(graph, model, form) : null;
  for (let index = slice.start; shared && index < slice.end; index++) {
    const context: LayerContext = { ...shared, cache: layerCache({ graph, model, caches }, index) };
    const before = hidden;
    hidden = graph.within(`layers.${index}`, () => model.layer(graph, index, { hidden: before, context }));
  }
  if (!slice.head) {
    graph.output("hidden_out", hidden);
    return { graph: graph.build(), form, caches, output: "hidden_out" };
  }
  const last = hidden;
  const logits = graph.within("head", () => {
    const taken = graph.op("Gather", [last, graph.input("taken", "i32", ["taken"])], { axis: 0 });
    return model.head(graph, taken);
  });
  graph.output("logits", logits);
  return { graph: graph.build(), form, caches, output: "logits" };
}

function checkRange(model: Decoder, slice: Slice): void {
  const { layers } = model.shape;
  const inOrder = 0 <= slice.start && slice.start <= slice.end && slice.end <= layers;
  const holds = slice.end > slice.start || slice.embedding || slice.head;
  const anchored = (!slice.embedding || slice.start === 0) && (!slice.head || slice.end === layers);
  if (!inOrder || !holds || !anchored)
    throw new RangeError(`${JSON.stringify(slice)} is no slice of ${layers} layers`);
}

/** Learned positions are looked up beside the ids; rotary models turn each layer instead, so their graphs have no such input. */
function positionsOf(graph: GraphBuilder, model: Decoder): Value | null {
  return model.shape.inverseFrequencies ? null : graph.input("positions", "i32", ["rows"]);
}

function sharedInputs(
  graph: GraphBuilder,
  { shape }: Decoder,
  form: AttentionForm,
): Omit<LayerContext, "cache"> {
  const angles = ["rows", shape.headDim / 2];
  const rotary = shape.inverseFrequencies
    ? { cos: graph.input("cos", "f32", angles), sin: graph.input("sin", "f32", angles) }
    : null;
  if (form === "fused") {
    const lengths = { lastKey: graph.input("last_key", "i32", [1]), total: graph.input("total", "i32", [1]) };
    return { rotary, mask: null, lengths };
  }
  return { rotary, mask: graph.input("mask", "f32", ["rows", "past+rows"]), lengths: null };
}

interface CacheSite {
  readonly graph: GraphBuilder;
  readonly model: Decoder;
  readonly caches: CachePair[];
}

function layerCache({ graph, model, caches }: CacheSite, index: number): LayerContext["cache"] {
  const { kvHeads, headDim } = model.shape;
  const past = (part: string) => graph.input(`past_${part}.${index}`, "f32", [1, kvHeads, "past", headDim]);
  const keep = (part: string, present: Value) => {
    graph.output(`present_${part}.${index}`, present);
    caches.push({
      input: `past_${part}.${index}`,
      output: `present_${part}.${index}`,
      emptyShape: [1, kvHeads, 0, headDim],
    });
  };
  return {
    pastKey: past("key"),
    pastValue: past("value"),
    keep(key, value) {
      keep("key", key);
      keep("value", value);
    },
  };
}
