import fc from "fast-check";
import { expect, test } from "vitest";
import { CHUNK_BODY_BYTES, chunkAt, createReassembly, lanes } from "./chunks.ts";
import { CHUNK_BYTES } from "./limits.ts";
import type { Lane } from "./link.ts";
import { MalformedFrame } from "./malformed-frame.ts";

function chunksOf(frame: Uint8Array, lane: Lane): Uint8Array<ArrayBuffer>[] {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < frame.length; at += CHUNK_BODY_BYTES) chunks.push(chunkAt(frame, at, lane));
  return chunks;
}

const numbered = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);

test("[L1] frames of three lanes, interleaved in any way, come out whole and in order", () => {
  const size = fc.constantFrom(1, 7, CHUNK_BODY_BYTES - 1, CHUNK_BODY_BYTES, CHUNK_BODY_BYTES + 1, 200_000);
  const queue = fc.array(size, { maxLength: 3 });
  fc.assert(
    fc.property(fc.tuple(queue, queue, queue), fc.infiniteStream(fc.nat(2)), (sizes, order) => {
      const waiting = sizes.map((lane, i) => lane.flatMap((n) => chunksOf(numbered(n), lanes[i]!)));
      const received: number[][] = [[], [], []];
      const reassembly = createReassembly();
      for (const pick of order) {
        const chunk = waiting[pick]!.shift();
        if (chunk) {
          expect(chunk.length).toBeLessThanOrEqual(CHUNK_BYTES);
          const frame = reassembly.accept(chunk);
          if (frame) {
            expect(Buffer.from(frame).equals(numbered(frame.length))).toBe(true);
            received[pick]!.push(frame.length);
          }
        }
        if (waiting.every((chunks) => chunks.length === 0)) break;
      }
      expect(received).toEqual(sizes);
    }),
    { numRuns: 25 },
  );
});

test("[L3] random chunks are frames or malformed", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (chunks) => {
      const reassembly = createReassembly();
      try {
        for (const chunk of chunks) reassembly.accept(Uint8Array.from(chunk));
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedFrame);
      }
    }),
    { numRuns: 1000 },
  );
});

test("[L3] chunks out of place, unfinished or oversized are refused by their header", () => {
  const [first, second, third] = chunksOf(numbered(180_000), "bulk");
  const after = (...chunks: Uint8Array<ArrayBuffer>[]) => {
    const reassembly = createReassembly();
    return () => {
      for (const chunk of chunks) reassembly.accept(chunk, 180_000);
    };
  };
  expect(after(first!, second!, third!)).not.toThrow();
  expect(after(second!)).toThrow("never began");
  expect(after(first!, first!)).toThrow("before the last one");
  expect(after(first!, third!)).toThrow("out of its place");
  expect(after(first!.slice(0, 100))).toThrow("not full");
  expect(after(first!, second!, third!.slice(0, 100))).toThrow("of a frame of 180000");
  expect(after(chunkAt(numbered(180_001), 0, "bulk"))).toThrow("where 180000 are allowed");
  expect(after(new Uint8Array(8))).toThrow("8 bytes");
  expect(after(new Uint8Array(CHUNK_BYTES + 1))).toThrow("65537 bytes");
  const strange = chunkAt(numbered(3), 0, "bulk");
  strange[1] = 1;
  expect(after(strange)).toThrow("unknown kind");
});
