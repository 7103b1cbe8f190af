import fc from "fast-check";
import { expect, test } from "vitest";
import { planReads, type Wanted } from "./plan-reads.ts";

interface Spec {
  readonly length: number;
  readonly isWanted: boolean;
  readonly file: string;
}

/** Tensors that tile two files, each wanted or not. */
const layouts: fc.Arbitrary<readonly Spec[]> = fc.array(
  fc.record({ length: fc.nat(30), isWanted: fc.boolean(), file: fc.constantFrom("a", "b") }),
  { maxLength: 20 },
);

function wantedOf(layout: readonly Spec[]): readonly Wanted[] {
  const ends = new Map<string, number>();
  return layout.flatMap(({ length, isWanted, file }, i) => {
    const start = ends.get(file) ?? 0;
    ends.set(file, start + length);
    return isWanted ? [{ name: `${i}`, dtype: "u8", shape: [length], file, start, end: start + length }] : [];
  });
}

/** "file:byte" for every byte of these ranges, in order. */
const bytesOf = (ranges: readonly { file: string; start: number; end: number }[]): readonly string[] =>
  ranges.flatMap(({ file, start, end }) =>
    Array.from({ length: end - start }, (_, i) => `${file}:${start + i}`),
  );

/** The oracle: unbroken runs of wanted bytes, each needing its length / bound requests. */
function fewestRequests(bytes: readonly string[], maxPieceBytes: number): number {
  const present = new Set(bytes);
  const previous = (byte: string): string => byte.replace(/\d+$/, (at) => `${Number(at) - 1}`);
  const runs: number[] = [];
  for (const byte of bytes) {
    if (!present.has(previous(byte))) runs.push(0);
    runs.push((runs.pop() ?? 0) + 1);
  }
  return runs.reduce((sum, run) => sum + Math.ceil(run / maxPieceBytes), 0);
}

test("pieces hold exactly the wanted bytes, once, in order, within the bound, and as few as that allows", () => {
  fc.assert(
    fc.property(layouts, fc.integer({ min: 1, max: 40 }), fc.integer(), (layout, maxPieceBytes, salt) => {
      const wanted = wantedOf(layout);
      const shuffled = wanted.toSorted(
        (a, b) => Math.sin(Number(a.name) + salt) - Math.sin(Number(b.name) + salt),
      );
      const pieces = planReads(shuffled, maxPieceBytes);
      const inOrder = ["a", "b"].flatMap((file) => wanted.filter((tensor) => tensor.file === file));
      expect(bytesOf(pieces)).toEqual(bytesOf(inOrder));
      expect(pieces.every(({ start, end }) => end - start <= maxPieceBytes)).toBe(true);
      const requests = pieces.filter(({ start, end }) => end > start);
      expect(requests.length).toBe(fewestRequests(bytesOf(inOrder), maxPieceBytes));
    }),
  );
});

test("every piece names the tensors that have bytes in it, and an empty tensor is in one", () => {
  fc.assert(
    fc.property(layouts, fc.integer({ min: 1, max: 40 }), (layout, maxPieceBytes) => {
      const wanted = wantedOf(layout);
      const pieces = planReads(wanted, maxPieceBytes);
      for (const tensor of wanted) {
        const holding = pieces.filter(({ tensors }) => tensors.includes(tensor));
        const shares = holding.map(
          ({ start, end }) => Math.min(end, tensor.end) - Math.max(start, tensor.start),
        );
        expect(holding.length).toBeGreaterThan(0);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(tensor.end - tensor.start);
      }
    }),
  );
});
