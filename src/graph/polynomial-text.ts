import {
  addPolynomials,
  atomPolynomial,
  constantOf,
  constantPolynomial,
  exactQuotient,
  InexpressibleDim,
  multiplyPolynomials,
  negatePolynomial,
  type Polynomial,
  splitQuotient,
  type Term,
} from "./polynomial.ts";

const maxCharacters = 1024;
const maxDepth = 16;

/** Canonical text, or the number itself when no symbol is left. Throws `InexpressibleDim` when it is too long. */
export function printPolynomial(polynomial: Polynomial): number | string {
  const constant = constantOf(polynomial);
  if (constant !== null) return constant;
  const text = printTerms(polynomial);
  if (text.length > maxCharacters)
    throw new InexpressibleDim(`a size takes ${text.length} characters, at most ${maxCharacters}`);
  return text;
}

/** The polynomial of sum := term ((+|-) term)*, term := factor (* factor)*; null for any other text. */
export function parsePolynomial(text: string): Polynomial | null {
  if (/^[^\s+\-*/()\d][^\s+\-*/()]*$/.test(text)) return atomPolynomial(text);
  if (text.length > maxCharacters) return null;
  const tokens = text.match(/[+\-*/()]|[^\s+\-*/()]+/g) ?? [];
  const cursor: Cursor = { tokens, at: 0, depth: 0 };
  const polynomial = parseSum(cursor);
  return cursor.at === tokens.length ? polynomial : null;
}

/** Quotient rounded down: exact where possible, else with an atom "floor(p/q)". */
export function dividePolynomials(dividend: Polynomial, divisor: Polynomial): Polynomial {
  const exact = exactQuotient(dividend, divisor);
  if (exact !== null) return exact;
  const constant = constantOf(divisor);
  if (constant === null || constant < 0) return atomPolynomial(floorText(dividend, divisor));
  const { whole, rest, divisor: lowest } = splitQuotient(dividend, constant);
  if (constantOf(rest) !== null) return whole;
  return addPolynomials(whole, atomPolynomial(floorText(rest, constantPolynomial(lowest))));
}

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
  depth: number;
}

function take(cursor: Cursor, ...wanted: readonly string[]): string | null {
  const token = cursor.tokens[cursor.at];
  if (token === undefined || !wanted.includes(token)) return null;
  cursor.at++;
  return token;
}

function parseSum(cursor: Cursor): Polynomial | null {
  let sum: Polynomial = [];
  let sign = take(cursor, "-") ?? "+";
  for (;;) {
    const product = parseProduct(cursor);
    if (product === null) return null;
    sum = addPolynomials(sum, sign === "-" ? negatePolynomial(product) : product);
    const next = take(cursor, "+", "-");
    if (next === null) return sum;
    sign = next;
  }
}

function parseProduct(cursor: Cursor): Polynomial | null {
  let product: Polynomial | null = parseFactor(cursor);
  while (product !== null && take(cursor, "*") !== null) {
    const factor = parseFactor(cursor);
    product = factor === null ? null : multiplyPolynomials(product, factor);
  }
  return product;
}

function parseFactor(cursor: Cursor): Polynomial | null {
  if (take(cursor, "(") !== null) return parseNested(cursor, () => closing(cursor, parseSum(cursor)));
  const token = cursor.tokens[cursor.at];
  if (token === undefined || /^[+\-*/)]$/.test(token)) return null;
  cursor.at++;
  if (/^\d+$/.test(token)) return constantPolynomial(Number(token));
  if (/^\d/.test(token)) return null;
  if (token === "floor" && take(cursor, "(") !== null)
    return parseNested(cursor, () => parseQuotient(cursor));
  return atomPolynomial(token);
}

function parseNested(cursor: Cursor, body: () => Polynomial | null): Polynomial | null {
  if (cursor.depth >= maxDepth) return null;
  cursor.depth++;
  const polynomial = body();
  cursor.depth--;
  return polynomial;
}

function parseQuotient(cursor: Cursor): Polynomial | null {
  const dividend = parseSum(cursor);
  if (dividend === null || take(cursor, "/") === null) return null;
  const divisor = closing(cursor, parseFactor(cursor));
  if (divisor === null || divisor.length === 0) return null;
  return dividePolynomials(dividend, divisor);
}

const closing = (cursor: Cursor, polynomial: Polynomial | null): Polynomial | null =>
  take(cursor, ")") === null ? null : polynomial;

function floorText(dividend: Polynomial, divisor: Polynomial): string {
  const top = dividend.length > 1 ? `(${printTerms(dividend)})` : printTerms(dividend);
  const bottom = printTerms(divisor);
  return `floor(${top}/${/^[^+\-*/()]+$/.test(bottom) ? bottom : `(${bottom})`})`;
}

function printTerms(polynomial: Polynomial): string {
  const [first, ...rest] = polynomial;
  if (first === undefined) return "0";
  const lead = first.coefficient < 0 ? "-" : "";
  return lead + printTerm(first) + rest.map((t) => (t.coefficient < 0 ? "-" : "+") + printTerm(t)).join("");
}

function printTerm({ coefficient, atoms }: Term): string {
  const size = Math.abs(coefficient);
  return (size === 1 && atoms.length > 0 ? atoms : [size, ...atoms]).join("*");
}
