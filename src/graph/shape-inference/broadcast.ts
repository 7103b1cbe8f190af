import type { Dim } from "../graph.ts";
import { type OpCall, ShapeMismatch } from "./rule.ts";

/** The common shape: axes align from the right, equal sizes match, 1 stretches; a number never meets a symbol. */
export function broadcastShapes(call: OpCall, ...shapes: readonly (readonly Dim[])[]): readonly Dim[] {
  return shapes.reduce((a, b) => {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, axis) =>
      broadcastDims(call, a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1),
    );
  }, []);
}

/** Refuses a shape that broadcasting would have to enlarge to fit the target. */
export function requireBroadcastTo(call: OpCall, shape: readonly Dim[], target: readonly Dim[]): void {
  const common = broadcastShapes(call, shape, target);
  if (common.length !== target.length || common.some((dim, axis) => dim !== target[axis]))
    throw new ShapeMismatch(call, `[${shape.join(", ")}] does not broadcast to [${target.join(", ")}]`);
}

function broadcastDims(call: OpCall, a: Dim, b: Dim): Dim {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  throw new ShapeMismatch(call, `sizes ${a} and ${b} do not broadcast`);
}
