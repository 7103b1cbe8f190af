import type { GenerateResult, TokenEvent } from "../page-api.ts";
import type { Lap } from "../transport/frame.ts";
import type { GeneratedToken } from "./inference/generate.ts";

type StageTimes = GenerateResult["stages"];

/** What a generation has given so far, for whoever pulls its tokens, and in the end its result. */
export interface GenerationLog {
  readonly id: string;
  readonly promptIds: readonly number[];
  add(token: GeneratedToken, text: string): TokenEvent;
  /** Adds text that was held back until the end of the tokens. */
  finish(rest: string, finish: GenerateResult["finish"]): GenerateResult;
  tokens(): number;
  tokensPerSecond(): number;
  /** Medians over the decode steps so far; over the prefill while there are none. */
  stages(): StageTimes;
}

/** A stage of the placement, as far as its times are told. */
export interface TimedStage {
  readonly start: number;
  readonly end: number;
  readonly devices: readonly string[];
}

export function createGenerationLog(
  id: string,
  promptIds: readonly number[],
  placed: { readonly stages: readonly TimedStage[]; now(): number },
): GenerationLog {
  const startedAt = placed.now();
  const tokenIds: number[] = [];
  const decodeLaps: (readonly Lap[])[] = [];
  let prefillLaps: readonly Lap[] = [];
  let text = "";
  let firstAt: number | null = null;
  let lastAt = startedAt;
  const tokensPerSecond = () => {
    const decodeMs = lastAt - (firstAt ?? lastAt);
    return decodeMs > 0 ? (1000 * (tokenIds.length - 1)) / decodeMs : 0;
  };
  const stages = () => stageTimes(placed.stages, decodeLaps.length > 0 ? decodeLaps : [prefillLaps]);
  return {
    id,
    promptIds,
    add(token, piece) {
      lastAt = placed.now();
      firstAt ??= lastAt;
      tokenIds.push(token.id);
      text += piece;
      if (token.isPrefill) prefillLaps = token.laps;
      else decodeLaps.push(token.laps);
      return { id: token.id, text: piece, atMs: lastAt - startedAt };
    },
    finish(rest, finish) {
      return {
        id,
        text: text + rest,
        promptIds,
        tokenIds,
        finish,
        timeToFirstTokenMs: (firstAt ?? placed.now()) - startedAt,
        tokensPerSecond: tokensPerSecond(),
        stages: stages(),
        recoveries: 0,
      };
    },
    tokens: () => tokenIds.length,
    tokensPerSecond,
    stages,
  };
}

function stageTimes(stages: readonly TimedStage[], laps: readonly (readonly Lap[])[]): StageTimes {
  return stages.map(({ start, end, devices }, index) => {
    const own = laps.flatMap((steps) => steps[index] ?? []);
    return {
      device: devices[0] ?? "",
      start,
      end,
      computeMs: median(own.map(({ computeMs }) => computeMs)),
      wireMs: median(own.map(({ wireMs }) => wireMs)),
    };
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
