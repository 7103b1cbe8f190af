import fc from "fast-check";
import type { EdgeloomErrorName } from "../../page-api.ts";
import type { Ask, Course, Frame } from "../frame.ts";
import { payloadBytes } from "../wire-fields.ts";

const text = (maxLength: number) => fc.string({ unit: "grapheme", maxLength });
const hex = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const bytes = (maxLength: number, minLength = 0) =>
  fc.uint8Array({ minLength, maxLength }).map((values) => Uint8Array.from(values));
const ids = (min: number) =>
  fc.array(fc.integer({ min, max: 2 ** 31 - 1 }), { maxLength: 40 }).map((values) => Int32Array.from(values));
const u32 = fc.nat(2 ** 32 - 1);

const ask: fc.Arbitrary<Ask> = fc.oneof(
  fc.constant<Ask>({ type: "nothing" }),
  fc.record({
    type: fc.constant("token" as const),
    temperature: finite,
    topK: fc.nat(1 << 20),
    topP: finite,
    seed: finite,
  }),
  fc.record({ type: fc.constant("score" as const), targets: ids(-1) }),
);

const course: fc.Arbitrary<Course> = fc.record({
  placement: hex,
  generation: hex,
  asker: text(9),
  position: fc.nat(2 ** 31 - 1),
  ask,
  sentAtMs: finite,
  laps: fc.array(fc.record({ computeMs: finite, wireMs: finite }), { maxLength: 12 }),
});

const failure = fc.record({
  name: fc.constantFrom<EdgeloomErrorName>("DeviceLost", "Cancelled", "DoesNotFit"),
  message: text(200),
});
// -0 is no JSON value: it is written as 0.
const json: fc.Arbitrary<unknown> = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));

const hidden: fc.Arbitrary<Frame> = fc
  .record({
    course,
    rows: fc.nat(5),
    width: fc.nat(9),
    format: fc.constantFrom("f32" as const, "f16" as const, "q8" as const),
    fill: fc.nat(255),
  })
  .map(({ fill, ...head }) => ({
    type: "hidden",
    ...head,
    payload: new Uint8Array(payloadBytes(head.format, head.rows, head.width)).fill(fill),
  }));

/** Any frame that may be sent. */
export const arbitraryFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    type: fc.constant("hello" as const),
    protocol: u32,
    device: text(9),
    room: text(9),
    nonce: bytes(32, 32),
  }),
  fc.record({ type: fc.constant("proof" as const), mac: bytes(32, 32) }),
  fc.record({ type: fc.constant("ping" as const), sentAtMs: finite }),
  fc.record({
    type: fc.constant("pong" as const),
    pingSentAtMs: finite,
    receivedAtMs: finite,
    sentAtMs: finite,
  }),
  fc.record({ type: fc.constantFrom("state" as const, "presence" as const), update: bytes(300) }),
  fc.record({ type: fc.constant("request" as const), id: u32, operation: text(9), body: json }),
  fc.record({
    type: fc.constant("reply" as const),
    id: u32,
    body: json,
    failure: fc.option(failure, { nil: null }),
  }),
  fc.record({ type: fc.constant("ids" as const), course, ids: ids(0) }),
  hidden,
  fc.record({ type: fc.constant("token" as const), course, id: fc.nat(2 ** 31 - 1) }),
  fc.record({
    type: fc.constant("score" as const),
    course,
    negativeLogLikelihood: fc.double(),
    lastLogits: fc.array(fc.float(), { maxLength: 30 }).map((values) => Float32Array.from(values)),
  }),
  fc.record({ type: fc.constant("passed" as const), course }),
  fc.record({ type: fc.constant("failed" as const), course, failure }),
  fc.record({ type: fc.constant("release" as const), placement: hex, generation: hex }),
  fc.record({ type: fc.constant("bye" as const), reason: text(9), message: text(200) }),
);
