import type { Dim } from "./graph.ts";
import {
  addPolynomials,
  constantPolynomial,
  InexpressibleDim,
  multiplyPolynomials,
  negatePolynomial,
  type Polynomial,
} from "./polynomial.ts";
import { dividePolynomials, parsePolynomial, printPolynomial } from "./polynomial-text.ts";

/**
 * Arithmetic of axis sizes. A result is a number, or the canonical text of a polynomial in the symbols, so that equal
 * sizes are equal strings: "past+rows", "2*rows", "rows-1", "floor((rows+1)/2)". Throws `InexpressibleDim`.
 */
export function addDims(...dims: readonly Dim[]): Dim {
  if (dims.every(isNumber)) return safeInteger(dims.reduce((sum, dim) => sum + dim, 0));
  return printPolynomial(dims.map(polynomialOf).reduce(addPolynomials));
}

export const subtractDims = (from: Dim, dim: Dim): Dim =>
  isNumber(from) && isNumber(dim)
    ? safeInteger(from - dim)
    : printPolynomial(addPolynomials(polynomialOf(from), negatePolynomial(polynomialOf(dim))));

/** Product; 1 of no dims. */
export function multiplyDims(...dims: readonly Dim[]): Dim {
  if (dims.every(isNumber)) return safeInteger(dims.reduce((product, dim) => product * dim, 1));
  return printPolynomial(dims.map(polynomialOf).reduce(multiplyPolynomials));
}

/** Quotient rounded down. What does not divide becomes a symbol of its own, "floor(rows/2)". */
export function floorDivideDims(dim: Dim, by: Dim): Dim {
  if (by === 0) throw new InexpressibleDim(`${dim} is divided by 0`);
  if (isNumber(dim) && isNumber(by)) return safeInteger(Math.floor(dim / by));
  return printPolynomial(dividePolynomials(polynomialOf(dim), polynomialOf(by)));
}

/** The canonical form of a size written by others, "rows + past" → "past+rows"; null when it is no polynomial. */
export function canonicalDim(text: string): Dim | null {
  const polynomial = parsePolynomial(text);
  return polynomial === null ? null : printPolynomial(polynomial);
}

/** The size for known symbols, e.g. "past+rows" with past = 3 and rows = 2 gives 5. Throws for an unknown symbol. */
export function dimValue(dim: Dim, sizes: ReadonlyMap<string, number>): number {
  if (isNumber(dim)) return dim;
  let sum = 0;
  for (const term of polynomialOf(dim)) {
    sum += term.atoms.reduce((product, atom) => product * atomValue(atom, sizes), term.coefficient);
  }
  return safeInteger(sum);
}

export const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);

function atomValue(atom: string, sizes: ReadonlyMap<string, number>): number {
  const size = sizes.get(atom);
  if (size !== undefined) return size;
  const quotient = /^floor\((.*)\)$/.exec(atom)?.[1];
  if (quotient === undefined) throw new InexpressibleDim(`symbol ${atom} has no size; give it one`);
  const slash = topLevelSlash(quotient);
  const part = (text: string): number => dimValue(canonicalDim(text) ?? text, sizes);
  return Math.floor(part(quotient.slice(0, slash)) / part(quotient.slice(slash + 1)));
}

function topLevelSlash(text: string): number {
  let depth = 0;
  for (const [at, character] of [...text].entries()) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "/" && depth === 0) return at;
  }
  throw new InexpressibleDim(`${text} is no quotient`);
}

const isNumber = (dim: Dim): dim is number => typeof dim === "number";

function safeInteger(value: number): number {
  if (!Number.isSafeInteger(value)) throw new InexpressibleDim(`${value} is no exact integer`);
  return value + 0; // never -0, which is equal to 0 but not the same value
}

function polynomialOf(dim: Dim): Polynomial {
  if (isNumber(dim)) return constantPolynomial(dim);
  const polynomial = parsePolynomial(dim);
  if (polynomial === null) throw new InexpressibleDim(`"${dim}" is no size: write symbols, numbers, + - *`);
  return polynomial;
}
