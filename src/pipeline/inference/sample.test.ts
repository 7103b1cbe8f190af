import { describe, expect, test } from "vitest";
import { sampleToken, type TokenAsk } from "./sample.ts";

const ask = (given: Partial<TokenAsk>): TokenAsk => ({
  type: "token",
  temperature: 1,
  topK: 0,
  topP: 1,
  seed: 7,
  ...given,
});
const logits = Float32Array.from([0.3, 2, -1, 1.2, 0.9, -3]);
const draws = 20_000;

/** How often each id comes up over the positions of one seed. */
function counts(given: Partial<TokenAsk>): readonly number[] {
  const found = new Array<number>(logits.length).fill(0);
  for (let position = 0; position < draws; position++) found[sampleToken(logits, ask(given), position)]! += 1;
  return found;
}

/** Exact probabilities in double precision, cut to the ids that may come up. */
function probabilities(temperature: number, kept: readonly number[]): readonly number[] {
  const weights = [...logits].map((logit, id) => (kept.includes(id) ? Math.exp(logit / temperature) : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Pearson's Σ (observed − expected)² / expected; what can't come up mustn't. */
function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  let sum = 0;
  expected.forEach((probability, id) => {
    if (probability === 0) expect(observed[id]).toBe(0);
    else sum += (observed[id]! - draws * probability) ** 2 / (draws * probability);
  });
  return sum;
}

/** The 99.9 % quantile of χ² by degrees of freedom, from the published tables. */
const critical: Readonly<Record<number, number>> = { 1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47, 5: 20.52 };

describe("draws have the exact probabilities of the softmax", () => {
  test.each([
    { title: "of all ids", given: {}, kept: [0, 1, 2, 3, 4, 5] },
    { title: "at a low temperature", given: { temperature: 0.5 }, kept: [0, 1, 2, 3, 4, 5] },
    { title: "at a high temperature", given: { temperature: 3 }, kept: [0, 1, 2, 3, 4, 5] },
    { title: "of the topK likeliest", given: { topK: 3 }, kept: [1, 3, 4] },
    // By rank (ids 1, 3, 4, 0, 2, 5) p = 0.495, 0.222, 0.165, 0.090, 0.025, 0.003: two reach 0.717, three 0.882.
    { title: "of the fewest that reach topP", given: { topP: 0.75 }, kept: [1, 3, 4] },
    { title: "of two that reach topP", given: { topP: 0.6 }, kept: [1, 3] },
    // Of the three likeliest alone, the first has 0.56 and the first two 0.81.
    { title: "of topP among topK", given: { topK: 3, topP: 0.8 }, kept: [1, 3] },
  ])("$title", ({ given, kept }) => {
    const temperature = "temperature" in given ? given.temperature : 1;
    const expected = probabilities(temperature ?? 1, kept);
    expect(chiSquare(counts(given), expected)).toBeLessThan(critical[kept.length - 1]!);
  });
});

describe("the likeliest", () => {
  test("is taken at temperature 0, whatever seed, topK and topP say", () => {
    for (let seed = 0; seed < 50; seed++)
      expect(sampleToken(logits, ask({ temperature: 0, topK: 4, topP: 0.5, seed }), seed)).toBe(1);
  });
  test("is the lowest id among equals", () => {
    expect(sampleToken(Float32Array.from([1, 5, 5, 5]), ask({ temperature: 0 }), 0)).toBe(1);
    expect(sampleToken(Float32Array.from([3, 3]), ask({ temperature: 0 }), 0)).toBe(0);
    expect(sampleToken(Float32Array.from([3, 3, 1]), ask({ topK: 1 }), 9)).toBe(0);
  });
  test("is taken by topK 1 and by a topP that it reaches alone", () => {
    for (let position = 0; position < 200; position++) {
      expect(sampleToken(logits, ask({ topK: 1 }), position)).toBe(1);
      expect(sampleToken(logits, ask({ topP: 0.4 }), position)).toBe(1);
    }
  });
});

describe("seed and position alone decide", () => {
  const sequence = (seed: number, from = 0) =>
    Array.from({ length: 60 }, (_, step) => sampleToken(logits, ask({ seed }), from + step));
  test("the same ones draw the same token, in whatever order", () => {
    expect(sequence(3)).toEqual(sequence(3));
    expect(sequence(3, 20).slice(0, 40)).toEqual(sequence(3).slice(20));
  });
  test("another seed, and another position, draw anew", () => {
    expect(sequence(3)).not.toEqual(sequence(4));
    expect(sequence(3)).not.toEqual(sequence(3, 1));
  });
});

test("logits of any size stay finite: the highest is taken out first", () => {
  const steep = Float32Array.from([-3e38, 1e4, 3e38, 0]);
  for (let position = 0; position < 50; position++) expect(sampleToken(steep, ask({}), position)).toBe(2);
});
