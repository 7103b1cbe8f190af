import fc from "fast-check";
import { expect, test } from "vitest";
import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import { decodeFrame } from "./decode-frame.ts";
import { encodeFrame } from "./encode-frame.ts";
import type { Course, Frame } from "./frame.ts";
import { ForeignVersion, MalformedFrame } from "./malformed-frame.ts";
import { arbitraryFrame } from "./testing/arbitrary-frame.ts";

const course: Course = {
  placement: "00000000000000ff",
  generation: "0123456789abcdef",
  asker: "el-a",
  position: 3,
  ask: { type: "nothing" },
  sentAtMs: 1.5,
  laps: [],
};

/** Decodes; anything but a frame or MalformedFrame fails the test. */
function decodeOrRefuse(bytes: Uint8Array<ArrayBuffer>): Frame | null {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedFrame);
    return null;
  }
}

test("[L1] decoding undoes encoding for every frame", () => {
  fc.assert(
    fc.property(arbitraryFrame, (frame) => {
      expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
    }),
    { numRuns: 600 },
  );
});

test("the wire of a ping is written down: magic, version, type, little-endian double", () => {
  expect([...encodeFrame({ type: "ping", sentAtMs: 2 })]).toEqual([
    0x45, 0x4c, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0x40,
  ]);
});

test("[L3] random bytes are refused as malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(decodeOrRefuse(Uint8Array.from(bytes))).toBeNull();
    }),
    { numRuns: 400 },
  );
});

test("[L3] random bodies behind a true header are frames or malformed", () => {
  fc.assert(
    fc.property(fc.nat(40), fc.uint8Array({ maxLength: 300 }), (code, body) => {
      decodeOrRefuse(Uint8Array.from([0x45, 0x4c, 1, 0, code, ...body]));
    }),
    { numRuns: 2000 },
  );
});

test("[L3] every truncation and every extension is malformed", () => {
  fc.assert(
    fc.property(arbitraryFrame, fc.double({ min: 0, max: 0.999 }), (frame, where) => {
      const bytes = encodeFrame(frame);
      expect(decodeOrRefuse(bytes.slice(0, Math.floor(where * bytes.length)))).toBeNull();
      expect(decodeOrRefuse(Uint8Array.from([...bytes, 0]))).toBeNull();
    }),
    { numRuns: 300 },
  );
});

test("[L3] flipped bits give a frame or are malformed", () => {
  fc.assert(
    fc.property(arbitraryFrame, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), (frame, flips) => {
      const bytes = encodeFrame(frame).slice();
      for (const flip of flips) {
        const at = (flip >> 3) % bytes.length;
        bytes[at] = bytes[at]! ^ (1 << (flip & 7));
      }
      decodeOrRefuse(bytes);
    }),
    { numRuns: 1500 },
  );
});

test("[L3] a claimed length beyond the bytes present is refused before anything is allocated on it", () => {
  const bytes = encodeFrame({ type: "state", update: new Uint8Array(4) }).slice();
  new DataView(bytes.buffer).setUint32(5, 60_000_000, true);
  expect(() => decodeFrame(bytes)).toThrow("60000000 bytes wanted");
});

test("[L3] rows and width must make up the payload, and no number may be infinite", () => {
  const hidden: Frame = {
    type: "hidden",
    course,
    rows: 2,
    width: 3,
    format: "f32",
    payload: new Uint8Array(24),
  };
  const bytes = encodeFrame(hidden).slice();
  const rowsAt = bytes.length - 24 - 16 + 0;
  const claim = bytes.findIndex((_, at) => at >= rowsAt - 8 && bytes[at] === 2 && bytes[at + 4] === 3);
  bytes[claim] = 1;
  expect(() => decodeFrame(bytes)).toThrow(MalformedFrame);
  const ping = encodeFrame({ type: "ping", sentAtMs: 0 }).slice();
  new DataView(ping.buffer).setFloat64(5, Number.POSITIVE_INFINITY, true);
  expect(() => decodeFrame(ping)).toThrow("not finite");
});

test("payloads start at a multiple of 4, whatever stood before them", () => {
  for (const asker of ["", "a", "ab", "abc", "abcd"]) {
    const frame: Frame = {
      type: "hidden",
      course: { ...course, asker },
      rows: 1,
      width: 2,
      format: "f32",
      payload: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
    };
    const shifted = new Uint8Array([9, ...encodeFrame(frame)]).subarray(1);
    const read = decodeFrame(shifted);
    if (read.type !== "hidden") throw new Error(read.type);
    expect(read.payload.byteOffset % 4).toBe(0);
    expect(read).toEqual(frame);
  }
});

test("a frame of another version is told by its header alone", () => {
  const newer = Uint8Array.from([0x45, 0x4c, 2, 0, 250, 1, 2, 3]);
  expect(() => decodeFrame(newer)).toThrow(ForeignVersion);
  expect(() => decodeFrame(newer)).toThrow("this device is older");
  expect(() => decodeFrame(Uint8Array.from([0x45, 0x4c, 0, 0]))).toThrow("the other side is older");
});

test("what the other side would refuse is not sent", () => {
  const refused: readonly Frame[] = [
    { type: "ping", sentAtMs: Number.NaN },
    { type: "proof", mac: new Uint8Array(31) },
    { type: "passed", course: { ...course, placement: "xyz" } },
    { type: "passed", course: { ...course, asker: "a".repeat(200) } },
    { type: "passed", course: { ...course, position: -1 } },
    { type: "token", course, id: 0.5 },
    { type: "ids", course, ids: Int32Array.from([-1]) },
    { type: "hidden", course, rows: 1, width: 1, format: "q8", payload: new Uint8Array(4) },
    { type: "request", id: 1, operation: "x", body: "x".repeat(1 << 20) },
  ];
  for (const frame of refused) expect(() => encodeFrame(frame)).toThrow(EdgeloomError);
});

test("a long farewell is cut at a whole character", () => {
  const read = decodeFrame(encodeFrame({ type: "bye", reason: "left", message: "é".repeat(5000) }));
  expect(read).toEqual({ type: "bye", reason: "left", message: "é".repeat(2048) });
});
