import type { Frame } from "./frame.ts";

type Pong = Extract<Frame, { readonly type: "pong" }>;

interface Sample {
  readonly rttMs: number;
  readonly offsetMs: number;
}

/** What the answers to our heartbeats tell of the path and of the other clock. */
export interface ClockSamples {
  /** Remembers a ping, so that only its own answer counts. */
  asked(sentAtMs: number): void;
  answered(pong: Pong, nowMs: number): void;
  /** Median over the recent heartbeats; 0 before the first. */
  rttMs(): number;
  /** Add to their time stamp to get ours; of the recent heartbeat with the shortest round trip. 0 before the first. */
  clockOffsetMs(): number;
}

const KEPT = 31;
const OUTSTANDING = 16;

export function createClockSamples(): ClockSamples {
  const outstanding = new Set<number>();
  const samples: Sample[] = [];
  return {
    asked(sentAtMs) {
      outstanding.add(sentAtMs);
      const [oldest] = outstanding;
      if (outstanding.size > OUTSTANDING && oldest !== undefined) outstanding.delete(oldest);
    },
    answered(pong, nowMs) {
      if (!outstanding.delete(pong.pingSentAtMs)) return;
      samples.push(sampleOf(pong, nowMs));
      if (samples.length > KEPT) samples.shift();
    },
    rttMs() {
      const sorted = samples.map(({ rttMs }) => rttMs).sort((a, b) => a - b);
      return sorted[sorted.length >> 1] ?? 0;
    },
    clockOffsetMs() {
      if (samples.length === 0) return 0;
      return samples.reduce((best, sample) => (sample.rttMs < best.rttMs ? sample : best)).offsetMs;
    },
  };
}

/** As NTP (RFC 5905 §8): the time the other side kept the ping is no part of the round trip. */
function sampleOf(pong: Pong, nowMs: number): Sample {
  const awayMs = nowMs - pong.pingSentAtMs;
  const keptMs = Math.min(Math.max(pong.sentAtMs - pong.receivedAtMs, 0), awayMs);
  const offsetMs = (pong.pingSentAtMs - pong.receivedAtMs + (nowMs - pong.sentAtMs)) / 2;
  return { rttMs: awayMs - keptMs, offsetMs };
}
