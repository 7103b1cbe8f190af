import fc from "fast-check";
import { expect, test } from "vitest";
import { createClockSamples } from "./clock-samples.ts";

test("the offset is wrong by at most half the shortest round trip, whatever the delays", () => {
  const delays = fc.record({ there: fc.nat(300), kept: fc.nat(50), back: fc.nat(300) });
  fc.assert(
    fc.property(
      fc.array(delays, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: -1e6, max: 1e6 }),
      (beats, ahead) => {
        const clock = createClockSamples();
        let nowMs = 1000;
        for (const { there, kept, back } of beats) {
          const receivedAtMs = nowMs + there + ahead;
          clock.asked(nowMs);
          const endMs = nowMs + there + kept + back;
          clock.answered(
            { type: "pong", pingSentAtMs: nowMs, receivedAtMs, sentAtMs: receivedAtMs + kept },
            endMs,
          );
          nowMs = endMs + 1;
        }
        const trips = beats.map(({ there, back }) => there + back).sort((a, b) => a - b);
        expect(clock.rttMs()).toBe(trips[trips.length >> 1]);
        expect(Math.abs(clock.clockOffsetMs() + ahead)).toBeLessThanOrEqual(trips[0]! / 2);
      },
    ),
  );
});

test("an answer that was not asked for, or comes twice, counts for nothing", () => {
  const clock = createClockSamples();
  clock.asked(100);
  const pong = { type: "pong", pingSentAtMs: 100, receivedAtMs: 105, sentAtMs: 105 } as const;
  clock.answered({ ...pong, pingSentAtMs: 99 }, 110);
  expect(clock.rttMs()).toBe(0);
  clock.answered(pong, 110);
  clock.answered(pong, 900);
  expect(clock.rttMs()).toBe(10);
});
