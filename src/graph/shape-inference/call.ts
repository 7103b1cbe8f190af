import type { Dtype } from "../../tensor/dtype.ts";
import type { Dim } from "../graph.ts";
import { type Known, type OpCall, type Produced, ShapeMismatch } from "./rule.ts";

// How rules read their call: each reader refuses, by ShapeMismatch, what does not have the form it names.

export function optionalInput(call: OpCall, index: number): Known | null {
  return call.inputs[index] ?? null;
}

export function input(call: OpCall, index: number): Known {
  const known = optionalInput(call, index);
  if (known === null) throw new ShapeMismatch(call, `input ${index} is missing`);
  return known;
}

/** An input of this rank. */
export function ranked(call: OpCall, index: number, rank: number): Known {
  const known = input(call, index);
  if (known.shape.length !== rank)
    throw new ShapeMismatch(call, `input ${index} has rank ${known.shape.length}, needs ${rank}`);
  return known;
}

/** Refuses inputs (those present) of different dtypes; gives the common one. */
export function commonDtype(call: OpCall, from = 0, to = call.inputs.length): Dtype {
  const { dtype } = input(call, from);
  for (const known of call.inputs.slice(from, to)) {
    if (known !== null && known.dtype !== dtype)
      throw new ShapeMismatch(call, `dtypes ${dtype} and ${known.dtype} meet; cast one`);
  }
  return dtype;
}

export function requireDtype(call: OpCall, index: number, allowed: readonly Dtype[]): void {
  const known = optionalInput(call, index);
  if (known !== null && !allowed.includes(known.dtype))
    throw new ShapeMismatch(call, `input ${index} is ${known.dtype}, needs ${allowed.join(" or ")}`);
}

export const floats: readonly Dtype[] = ["f32", "f16", "bf16"];
export const indices: readonly Dtype[] = ["i32", "i64"];

export function requireSame(call: OpCall, a: Dim | undefined, b: Dim | undefined): void {
  if (a === undefined || a !== b) throw new ShapeMismatch(call, `sizes ${a} and ${b} differ`);
}

export function intAttribute(call: OpCall, name: string, fallback?: number): number {
  const value = call.node.attributes[name] ?? fallback;
  if (typeof value === "number") return value;
  throw new ShapeMismatch(
    call,
    value === undefined ? `attribute ${name} is missing` : `${name} is no integer`,
  );
}

export function intsAttribute(call: OpCall, name: string): readonly number[] | null {
  const value = call.node.attributes[name];
  if (value === undefined) return null;
  if (Array.isArray(value)) {
    const numbers = value.filter((element) => typeof element === "number");
    if (numbers.length === value.length) return numbers;
  }
  throw new ShapeMismatch(call, `attribute ${name} is no list of integers`);
}

export function textAttribute(call: OpCall, name: string, fallback: string): string {
  const value = call.node.attributes[name] ?? fallback;
  if (typeof value === "string") return value;
  throw new ShapeMismatch(call, `attribute ${name} is no string`);
}

/** Known elements of an integer input, sizes among them possibly symbols. */
export function contentsOf(call: OpCall, index: number): readonly Dim[] {
  const { contents } = input(call, index);
  if (contents === null)
    throw new ShapeMismatch(
      call,
      `input ${index} decides the shape, but its elements are only known at run time`,
    );
  return contents;
}

/** Known elements of an integer input, all of them numbers. */
export function numbersOf(call: OpCall, index: number): readonly number[] {
  const contents = contentsOf(call, index);
  const numbers = contents.filter((element) => typeof element === "number");
  if (numbers.length !== contents.length)
    throw new ShapeMismatch(call, `input ${index} holds [${contents.join(", ")}], needs numbers`);
  return numbers;
}

/** Integers that newer operator sets take as an input and older ones as an attribute; null when neither is there. */
export function inputOrAttribute(call: OpCall, index: number, name: string): readonly number[] | null {
  return optionalInput(call, index) === null ? intsAttribute(call, name) : numbersOf(call, index);
}

/** An axis counted from the end when negative, as an index in [0, rank). */
export function axisIndex(call: OpCall, axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(index) || index < 0 || index >= rank)
    throw new ShapeMismatch(call, `axis ${axis} of rank ${rank}`);
  return index;
}

/** Distinct axes as indices in [0, rank). */
export function axisIndices(call: OpCall, axes: readonly number[], rank: number): ReadonlySet<number> {
  const found = new Set(axes.map((axis) => axisIndex(call, axis, rank)));
  if (found.size !== axes.length) throw new ShapeMismatch(call, `axes [${axes.join(", ")}] repeat`);
  return found;
}

export function dimAt(call: OpCall, shape: readonly Dim[], axis: number): Dim {
  const dim = shape[axisIndex(call, axis, shape.length)];
  if (dim === undefined) throw new ShapeMismatch(call, `no axis ${axis}`);
  return dim;
}

/** The output of most operators: one value. */
export const one = (dtype: Dtype, shape: readonly Dim[]): readonly Produced[] => [{ dtype, shape }];
