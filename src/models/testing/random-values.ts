/** `count` values of mean `mean` and standard deviation `deviation`, uniform, decided by the seed and the name alone. */
export function randomValues(
  source: { readonly seed: number; readonly name: string },
  count: number,
  { mean, deviation }: Spread,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  const reach = Math.sqrt(3) * deviation;
  const start = hash(source.name, source.seed);
  for (let index = 0; index < count; index++)
    values[index] = mean + reach * (scramble(start + Math.imul(index, 0x9e3779b9)) / 2 ** 31 - 1);
  return values;
}

export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** FNV-1a over the name's code units, begun at the seed. */
function hash(name: string, seed: number): number {
  let state = scramble(seed) ^ 0x811c9dc5;
  for (let index = 0; index < name.length; index++)
    state = Math.imul(state ^ name.charCodeAt(index), 0x01000193);
  return state;
}

/** A bijection of 32-bit numbers in which every bit depends on every other (murmur3's last step). */
function scramble(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
