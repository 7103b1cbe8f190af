import { EdgeloomError } from "../tensor/edgeloom-error.ts";

/**
 * Reads a checkpoint's `config.json`, which is data from outside: every option is checked where it is read, and
 * `finish` refuses what nobody read, so that an option that changes the mathematics is never passed over.
 */
export interface ConfigReader {
  readonly family: string;
  /** A whole number from minimum to maximum (by default 2³¹ − 1). Throws CorruptCheckpoint when absent without a default. */
  integer(option: string, limits: IntegerLimits): number;
  /** A finite number above 0. */
  positive(option: string, fallback?: number): number;
  flag(option: string, fallback: boolean): boolean;
  /** Refuses as UnsupportedModel any value but these; an absent option counts as `fallback`. */
  oneOf(option: string, supported: readonly string[], fallback?: string): string;
  /** Refuses as UnsupportedModel a value that is not among the neutral ones, which leave the mathematics as it is. */
  mustBe(option: string, neutral: readonly unknown[]): void;
  /** The raw value, marked as read; undefined when absent or null. */
  raw(option: string): unknown;
  /** Throws UnsupportedModel when an option was set that neither the family read nor `ignorable` holds. */
  finish(): void;
}

interface IntegerLimits {
  readonly minimum: number;
  readonly maximum?: number;
  readonly fallback?: number;
}

/** Options of Hugging Face configurations that never change what the model computes at inference. */
const ignorable: ReadonlySet<string> = new Set(
  `_name_or_path _commit_hash _attn_implementation architectures attention_dropout attn_implementation attn_pdrop auto_map
  bos_token_id classifier_dropout decoder_start_token_id do_sample dtype embd_pdrop eos_token_id hidden_dropout hidden_dropout_prob
  id2label label2id initializer_range is_encoder_decoder is_llama_config keys_to_ignore_at_inference max_length max_new_tokens
  max_window_layers model_type n_ctx n_positions output_attentions output_hidden_states output_past pad_token_id pretraining_tp
  resid_pdrop return_dict sep_token_id summary_activation summary_first_dropout summary_proj_to_labels summary_type
  summary_use_proj task_specific_params temperature tokenizer_class top_k top_p torch_dtype torchscript transformers_version
  transformers.js_config unk_token_id use_cache use_return_dict vocab_size`.split(/\s+/),
);

export function readConfig(family: string, json: Readonly<Record<string, unknown>>): ConfigReader {
  const seen = new Set<string>();
  const raw = (option: string): unknown => {
    seen.add(option);
    return json[option] ?? undefined;
  };
  const corrupt = (option: string, wanted: string) =>
    new EdgeloomError(
      "CorruptCheckpoint",
      `config.json: ${option} is ${JSON.stringify(json[option])?.slice(0, 80)}, not ${wanted}; fetch the checkpoint's own config.json again`,
    );
  const unsupported = (option: string, supported: readonly unknown[]) =>
    new EdgeloomError(
      "UnsupportedModel",
      `${family}: ${option} = ${JSON.stringify(json[option])?.slice(0, 80)} is not implemented (supported: ${supported.map((value) => JSON.stringify(value) ?? "absent").join(", ")}); choose a checkpoint without it`,
    );
  return {
    family,
    raw,
    integer(option, { minimum, maximum = 2 ** 31 - 1, fallback }) {
      const value = raw(option) ?? fallback;
      if (typeof value !== "number" || !Number.isInteger(value) || value < minimum || value > maximum)
        throw corrupt(option, `a whole number from ${minimum} to ${maximum}`);
      return value;
    },
    positive(option, fallback) {
      const value = raw(option) ?? fallback;
      if (typeof value !== "number" || !Number.isFinite(value) || value <= 0)
        throw corrupt(option, "a number above 0");
      return value;
    },
    flag(option, fallback) {
      const value = raw(option) ?? fallback;
      if (typeof value !== "boolean") throw corrupt(option, "true or false");
      return value;
    },
    oneOf(option, supported, fallback) {
      const value = raw(option) ?? fallback;
      if (typeof value !== "string" || !supported.includes(value)) throw unsupported(option, supported);
      return value;
    },
    mustBe(option, neutral) {
      const value = raw(option);
      if (value !== undefined && !neutral.includes(value)) throw unsupported(option, neutral);
    },
    finish() {
      const unread = Object.keys(json).filter(
        (option) => !seen.has(option) && !ignorable.has(option) && isSet(json[option]),
      );
      if (unread.length === 0) return;
      throw new EdgeloomError(
        "UnsupportedModel",
        `${family}: option ${unread.slice(0, 5).join(", ")} of config.json is unknown to Edgeloom and may change the mathematics; choose a checkpoint without it`,
      );
    },
  };
}

/** null and false are how configurations say that an option is off. */
const isSet = (value: unknown): boolean => value !== null && value !== undefined && value !== false;
