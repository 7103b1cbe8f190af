/** One term: coefficient times the product of its atoms, which are sorted. */
export interface Term {
  readonly coefficient: number;
  readonly atoms: readonly string[];
}

/** Terms in falling lexicographic order of their monomials, none with coefficient 0. The empty list is 0. */
export type Polynomial = readonly Term[];

/** A size that cannot be written exactly, or not within the bounds that keep hostile graphs from exploding. */
export class InexpressibleDim extends Error {
  override readonly name = "InexpressibleDim";
}

const maxTerms = 64;
const maxAtoms = 16;

export const constantPolynomial = (value: number): Polynomial =>
  normalise([{ coefficient: value, atoms: [] }]);

export const atomPolynomial = (atom: string): Polynomial => [{ coefficient: 1, atoms: [atom] }];

export const addPolynomials = (a: Polynomial, b: Polynomial): Polynomial => normalise([...a, ...b]);

export const negatePolynomial = (a: Polynomial): Polynomial =>
  a.map(({ coefficient, atoms }) => ({ coefficient: -coefficient, atoms }));

export const multiplyPolynomials = (a: Polynomial, b: Polynomial): Polynomial =>
  normalise(
    a.flatMap((left) =>
      b.map((right) => ({
        coefficient: left.coefficient * right.coefficient,
        atoms: [...left.atoms, ...right.atoms].sort(byText),
      })),
    ),
  );

/** The quotient where the division leaves no remainder, else null: long division by leading terms. */
export function exactQuotient(dividend: Polynomial, divisor: Polynomial): Polynomial | null {
  const lead = divisor[0];
  if (lead === undefined) return null;
  let rest = dividend;
  let quotient: Polynomial = [];
  for (let step = 0; step < maxTerms; step++) {
    const first = rest[0];
    if (first === undefined) return quotient;
    const term = divideTerm(first, lead);
    if (term === null) return null;
    quotient = addPolynomials(quotient, [term]);
    rest = addPolynomials(rest, negatePolynomial(multiplyPolynomials([term], divisor)));
  }
  return null;
}

/** floor(p / n) = whole + floor(rest / divisor), in lowest terms: every coefficient of rest is in [0, divisor). */
export function splitQuotient(
  dividend: Polynomial,
  by: number,
): { whole: Polynomial; rest: Polynomial; divisor: number } {
  const floors = (of: Polynomial, size: number): Polynomial =>
    normalise(of.map(({ coefficient, atoms }) => ({ coefficient: Math.floor(coefficient / size), atoms })));
  const whole = floors(dividend, by);
  const rest = addPolynomials(dividend, negatePolynomial(multiplyPolynomials(whole, constantPolynomial(by))));
  const symbolic = rest.filter(({ atoms }) => atoms.length > 0);
  const common = symbolic.reduce(
    (divisor, { coefficient }) => greatestCommonDivisor(divisor, coefficient),
    by,
  );
  return { whole, rest: floors(rest, common), divisor: by / common };
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** The constant that a polynomial without symbols is; null when it has symbols. */
export function constantOf(polynomial: Polynomial): number | null {
  const first = polynomial[0];
  if (first === undefined) return 0;
  return polynomial.length === 1 && first.atoms.length === 0 ? first.coefficient : null;
}

function divideTerm(term: Term, by: Term): Term | null {
  const coefficient = term.coefficient / by.coefficient;
  if (!Number.isSafeInteger(coefficient)) return null;
  const atoms = [...term.atoms];
  for (const atom of by.atoms) {
    const at = atoms.indexOf(atom);
    if (at < 0) return null;
    atoms.splice(at, 1);
  }
  return { coefficient, atoms };
}

function normalise(terms: readonly Term[]): Polynomial {
  const merged: Term[] = [];
  for (const term of [...terms].sort((a, b) => byMonomial(a.atoms, b.atoms))) {
    const last = merged.at(-1);
    if (last !== undefined && byMonomial(last.atoms, term.atoms) === 0)
      merged[merged.length - 1] = { coefficient: last.coefficient + term.coefficient, atoms: term.atoms };
    else merged.push(term);
  }
  const kept = merged.filter(({ coefficient }) => coefficient !== 0);
  if (kept.length > maxTerms)
    throw new InexpressibleDim(`a size has ${kept.length} terms, at most ${maxTerms}`);
  for (const { coefficient, atoms } of kept) {
    if (!Number.isSafeInteger(coefficient)) throw new InexpressibleDim(`${coefficient} is no exact integer`);
    if (atoms.length > maxAtoms)
      throw new InexpressibleDim(`a size has ${atoms.length} factors, at most ${maxAtoms}`);
  }
  return kept;
}

/** Lexicographic order, largest first: earlier symbols, then longer products, the constant last. */
function byMonomial(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = byText(a[i] ?? "", b[i] ?? "");
    if (order !== 0) return order;
  }
  return b.length - a.length;
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
