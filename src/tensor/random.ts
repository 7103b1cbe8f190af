import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** Random numbers in [0, 1) that depend on the seed alone; any number is a seed, and neighbouring seeds give unrelated sequences. */
export function seededRandom(seed: number): () => number {
  const generator = xoroshiro128plusFromState(stateOf(seed));
  return () => uniformFloat64(generator);
}

/** Standard normal numbers (mean 0, variance 1) from uniform ones: Box–Muller. */
export function normal(random: () => number): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** `count` normal values of mean 0 and this standard deviation. */
export function normalValues(
  count: number,
  deviation: number,
  random: () => number,
): Float32Array<ArrayBuffer> {
  const next = normal(random);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = deviation * next();
  return values;
}

/** The generator is linear in its state: without this scattering, seeds 1, 2, 3 … would begin alike. */
function stateOf(seed: number): readonly number[] {
  const [low, high] = new Uint32Array(new Float64Array([seed]).buffer);
  let word = scatter(low! ^ 0x9e37_79b9) ^ high!;
  return Array.from({ length: 4 }, () => {
    word = (word + 0x9e37_79b9) | 0;
    return scatter(word);
  });
}

/** A bijection of 32-bit words in which every input bit moves about half of the output bits. */
function scatter(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
