import { encodeSafetensors } from "../../tensor/checkpoint/encode-safetensors.ts";
import { byteTokenizer, smallestByteVocabulary } from "./byte-tokenizer.ts";
import { type FloatDtype, loadFloats, storeFloats } from "./float-storage.ts";
import { randomValues } from "./random-values.ts";
import { numberOption, type ReferenceWeight, type ReferenceWeights } from "./reference-inputs.ts";
import { type Config, type FamilyName, smallConfigs } from "./small-configs.ts";
import { type ListedWeight, weightList } from "./weight-list.ts";

export interface CheckpointRequest {
  readonly family: FamilyName;
  /** Options of config.json that differ from `smallConfigs`. A `vocab_size` of 260 to 9096 brings a tokenizer. */
  readonly config?: Config;
  readonly seed: number;
  readonly dtype: FloatDtype;
  /** One file, or an index and this many. */
  readonly shards: number;
  /** How the names of GPT-2's tensors begin: "" as in the original checkpoint. Default "transformer.". */
  readonly prefix?: "" | "transformer.";
}

export interface RandomCheckpoint {
  /** A folder as Hugging Face would hold it, by file name. */
  readonly files: Record<string, Uint8Array<ArrayBuffer>>;
  readonly config: Config;
  /** The values that the files hold: after rounding to the dtype. */
  readonly weights: ReferenceWeights;
}

/** A small model of random weights, decided by the request alone, as files and as the numbers they stand for. */
export function randomCheckpoint(request: CheckpointRequest): RandomCheckpoint {
  const weights = new Map<string, ReferenceWeight>();
  for (const weight of listOf(request))
    weights.set(weight.name, {
      shape: weight.shape,
      data: loadFloats(bytesOf(request, weight), request.dtype),
    });
  return { files: Object.fromEntries(checkpointFiles(request)), config: configOf(request), weights };
}

/**
 * The same files one after the other, for models whose weights shouldn't be held at once: at most two shards' bytes are.
 */
export function* checkpointFiles(
  request: CheckpointRequest,
): Generator<readonly [string, Uint8Array<ArrayBuffer>]> {
  const config = configOf(request);
  yield ["config.json", json(config)];
  yield [
    "generation_config.json",
    json({ bos_token_id: config.bos_token_id, eos_token_id: config.eos_token_id, do_sample: false }),
  ];
  const vocabulary = numberOption(config, "vocab_size");
  if (vocabulary >= smallestByteVocabulary)
    for (const [name, text] of Object.entries(byteTokenizer(vocabulary)))
      yield [name, new TextEncoder().encode(text)];
  yield* weightFiles(request);
}

function* weightFiles(request: CheckpointRequest): Generator<readonly [string, Uint8Array<ArrayBuffer>]> {
  const list = listOf(request);
  const perShard = Math.ceil(list.length / request.shards);
  const total = String(request.shards).padStart(5, "0");
  const nameOf = (shard: number) =>
    request.shards === 1
      ? "model.safetensors"
      : `model-${String(shard + 1).padStart(5, "0")}-of-${total}.safetensors`;
  if (request.shards > 1)
    yield [
      "model.safetensors.index.json",
      indexOf(request, (position) => nameOf(Math.floor(position / perShard))),
    ];
  for (let shard = 0; shard < request.shards; shard++) {
    const dtype = lowerCase[request.dtype];
    const held = list.slice(shard * perShard, (shard + 1) * perShard);
    const tensors = held.map((weight) => ({
      name: weight.name,
      shape: weight.shape,
      dtype,
      bytes: bytesOf(request, weight),
    }));
    yield [nameOf(shard), encodeSafetensors(tensors)];
  }
}

function indexOf(request: CheckpointRequest, fileOf: (position: number) => string): Uint8Array<ArrayBuffer> {
  const list = listOf(request);
  const elementBytes = request.dtype === "F32" ? 4 : 2;
  return json({
    metadata: { total_size: elementBytes * list.reduce((sum, weight) => sum + elements(weight), 0) },
    weight_map: Object.fromEntries(list.map(({ name }, position) => [name, fileOf(position)])),
  });
}

const lowerCase = { F32: "f32", F16: "f16", BF16: "bf16" } as const;
const torchNames = { F32: "float32", F16: "float16", BF16: "bfloat16" } as const;

const configOf = ({ family, config, dtype }: CheckpointRequest): Config => ({
  ...smallConfigs[family],
  torch_dtype: torchNames[dtype],
  ...config,
});

const listOf = (request: CheckpointRequest) =>
  weightList(configOf(request), request.prefix ?? "transformer.");

const elements = ({ shape }: ListedWeight): number => shape.reduce((product, size) => product * size, 1);

const bytesOf = ({ seed, dtype }: CheckpointRequest, weight: ListedWeight): Uint8Array<ArrayBuffer> =>
  storeFloats(randomValues({ seed, name: weight.name }, elements(weight), weight), dtype);

const json = (value: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(value, null, 2));
