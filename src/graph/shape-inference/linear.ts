import type { Dim } from "../graph.ts";
import { broadcastShapes, requireBroadcastTo } from "./broadcast.ts";
import { commonDtype, dimAt, input, intAttribute, one, optionalInput, ranked, requireSame } from "./call.ts";
import { type OpCall, type RuleTable, ShapeMismatch, type ShapeRule } from "./rule.ts";

/** numpy's product: matrices in the last two axes, the others broadcast; a vector gains an axis, then loses it. */
export function matMulShape(call: OpCall, a: readonly Dim[], b: readonly Dim[]): readonly Dim[] {
  if (a.length === 0 || b.length === 0) throw new ShapeMismatch(call, "a scalar has no matrix product");
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  requireSame(call, left.at(-1), right.at(-2));
  const batch = broadcastShapes(call, left.slice(0, -2), right.slice(0, -2));
  const rows = a.length === 1 ? [] : left.slice(-2, -1);
  const columns = b.length === 1 ? [] : right.slice(-1);
  return [...batch, ...rows, ...columns];
}

const matMul: ShapeRule = (call) =>
  one(commonDtype(call), matMulShape(call, input(call, 0).shape, input(call, 1).shape));

const gemm: ShapeRule = (call) => {
  const a = ranked(call, 0, 2).shape;
  const b = ranked(call, 1, 2).shape;
  const transA = intAttribute(call, "transA", 0) === 0 ? 0 : 1;
  const transB = intAttribute(call, "transB", 0) === 0 ? 0 : 1;
  requireSame(call, a[1 - transA], b[transB]);
  const shape = [dimAt(call, a, transA), dimAt(call, b, 1 - transB)];
  const bias = optionalInput(call, 2);
  if (bias !== null) requireBroadcastTo(call, bias.shape, shape);
  return one(commonDtype(call), shape);
};

/** Einsum with one letter per axis; "..." is refused. */
const einsum: ShapeRule = (call) => {
  const { equation } = call.node.attributes;
  if (typeof equation !== "string") throw new ShapeMismatch(call, "attribute equation is missing");
  const [left = "", right] = equation.replace(/\s/g, "").split("->");
  const terms = left.split(",");
  if (!/^[A-Za-z,]*$/.test(left) || !/^[A-Za-z]*$/.test(right ?? ""))
    throw new ShapeMismatch(call, `equation ${equation} has more than letters, commas and one arrow`);
  if (terms.length !== call.inputs.length)
    throw new ShapeMismatch(call, `${equation} names ${terms.length} inputs`);
  const sizes = letterSizes(call, terms);
  const output = right ?? lettersOnce(left.replaceAll(",", ""));
  if (new Set(output).size !== output.length)
    throw new ShapeMismatch(call, `${equation} repeats an output letter`);
  return one(
    commonDtype(call),
    [...output].map((letter) => {
      const size = sizes.get(letter);
      if (size === undefined) throw new ShapeMismatch(call, `no input has axis ${letter}`);
      return size;
    }),
  );
};

function letterSizes(call: OpCall, terms: readonly string[]): ReadonlyMap<string, Dim> {
  const sizes = new Map<string, Dim>();
  for (const [i, term] of terms.entries()) {
    const { shape } = ranked(call, i, term.length);
    for (const [axis, letter] of [...term].entries()) {
      const size = dimAt(call, shape, axis);
      const known = sizes.get(letter);
      if (known !== undefined) requireSame(call, known, size);
      sizes.set(letter, size);
    }
  }
  return sizes;
}

/** The output that an equation without an arrow means: letters that occur once, in alphabetical order. */
const lettersOnce = (letters: string): string =>
  [...letters]
    .filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter))
    .sort()
    .join("");

export const linearRules: RuleTable = [
  ["MatMul", matMul],
  ["Gemm", gemm],
  ["Einsum", einsum],
];
