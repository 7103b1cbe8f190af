/** How the next token is drawn; null leaves the choice to the model's host. */
export interface Sampling {
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topK: number | null;
  readonly topP: number | null;
  readonly seed: number | null;
}

/** What a person typed, field by field; an empty text leaves the setting out. */
export type SamplingFields = Readonly<Record<keyof Sampling, string>>;

export const defaultSamplingFields: SamplingFields = {
  maxTokens: "200",
  temperature: "0",
  topK: "",
  topP: "",
  seed: "",
};

export type SamplingProblems = Readonly<Partial<Record<keyof Sampling, string>>>;

export type ParsedSampling =
  | { readonly type: "valid"; readonly sampling: Sampling }
  | { readonly type: "invalid"; readonly problems: SamplingProblems };

interface Range {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  readonly isRequired: boolean;
  readonly problem: string;
}

const ranges: Readonly<Record<keyof Sampling, Range>> = {
  maxTokens: {
    min: 1,
    max: 1_000_000,
    isWhole: true,
    isRequired: true,
    problem: "Max tokens is a whole number from 1 up.",
  },
  temperature: {
    min: 0,
    max: 100,
    isWhole: false,
    isRequired: true,
    problem: "Temperature is 0 (greedy) or more, at most 100.",
  },
  topK: {
    min: 1,
    max: 1_000_000_000,
    isWhole: true,
    isRequired: false,
    problem: "Top-k is a whole number from 1 up, or empty.",
  },
  topP: {
    min: Number.MIN_VALUE,
    max: 1,
    isWhole: false,
    isRequired: false,
    problem: "Top-p is above 0 and at most 1, or empty.",
  },
  seed: {
    min: 0,
    max: 2 ** 32 - 1,
    isWhole: true,
    isRequired: false,
    problem: "Seed is a whole number from 0 to 4294967295, or empty.",
  },
};

/** The settings that the fields state, or a sentence for each field that makes no sense. */
export function parseSampling(fields: SamplingFields): ParsedSampling {
  const maxTokens = parseField("maxTokens", fields.maxTokens);
  const temperature = parseField("temperature", fields.temperature);
  const topK = parseField("topK", fields.topK);
  const topP = parseField("topP", fields.topP);
  const seed = parseField("seed", fields.seed);
  const problems = Object.fromEntries(
    Object.entries({ maxTokens, temperature, topK, topP, seed }).filter(
      ([, value]) => typeof value === "string",
    ),
  );
  const isValid = Object.keys(problems).length === 0;
  if (!isValid || typeof maxTokens !== "number" || typeof temperature !== "number") {
    return { type: "invalid", problems };
  }
  return {
    type: "valid",
    sampling: {
      maxTokens,
      temperature,
      topK: numberOrNull(topK),
      topP: numberOrNull(topP),
      seed: numberOrNull(seed),
    },
  };
}

/** The number, null for an allowed empty field, or the sentence that says what is wrong. */
function parseField(field: keyof Sampling, text: string): number | string | null {
  const { min, max, isWhole, isRequired, problem } = ranges[field];
  const trimmed = text.trim();
  if (trimmed === "") return isRequired ? problem : null;
  const value = Number(trimmed);
  const isInRange = value >= min && value <= max && (!isWhole || Number.isInteger(value));
  return isInRange ? value : problem;
}

const numberOrNull = (value: number | string | null): number | null =>
  typeof value === "number" ? value : null;
