/**
 * The page API: what a tab puts on `globalThis.edgeloom`, and what every script, test and embedding page may rely on.
 * Plain JSON goes in and out (typed arrays included), so a call can cross a browser-automation boundary unchanged.
 * Change it only by adding to it.
 *
 * Errors: a rejected promise carries an Error whose `name` is one of `EdgeloomErrorName`, whose message states the facts
 * (which device, which slice, which tensor, how many bytes are missing) and the remedy.
 */
export interface Edgeloom {
  readonly version: string;
  /** Resolves once this tab has joined its room, its worker computes, and its profile is known to the others. */
  readonly ready: Promise<Device>;
  /** The whole swarm as this tab knows it. Every tab of a room agrees within a second. */
  snapshot(): SwarmSnapshot;
  /** Calls back after every change of the snapshot; returns the unsubscribe function. */
  subscribe(listener: (snapshot: SwarmSnapshot) => void): () => void;

  /** What a placement of this model on the present devices would be, with predicted milliseconds; loads nothing. With `placement` given, the prediction for that one. */
  plan(request: LoadRequest): Promise<PlanResult>;
  /** Places the model and loads every slice; resolves when all stages report ready. */
  load(request: LoadRequest): Promise<Placement>;
  unload(): Promise<void>;

  /** One completion. With temperature 0 the tokens are those of the unsplit model, whatever the placement. */
  generate(request: GenerateRequest): Promise<GenerateResult>;
  /** The same, token by token; leaving the loop cancels the generation on every stage. */
  stream(request: GenerateRequest): AsyncIterable<TokenEvent>;
  /** Logits of the last position (length = vocabulary size) and mean cross-entropy in nats per predicted token, computed through the stages. */
  evaluate(request: {
    readonly sequences: readonly (readonly number[])[];
  }): Promise<{ readonly lastLogits: Float32Array; readonly loss: number }>;
  tokenize(text: string): Promise<readonly number[]>;

  /** Fine-tunes through the present placement. */
  finetune(request: FinetuneRequest): Promise<FinetuneResult>;
  /** Files of the trained adapter (PEFT layout) or of the trained checkpoint (safetensors, Hugging Face layout), by file name. */
  exportWeights(jobId: string): Promise<Readonly<Record<string, Uint8Array>>>;
  /** Uses an adapter for later generations; `null` goes back to the base model. */
  setAdapter(source: AdapterSource | null): Promise<void>;
}

/**
 * A bundled model's id (a folder of `public/models`), `hf:owner/name[@revision]`, or the URL of a folder that holds
 * `config.json`, `tokenizer.json` and `model.safetensors` (or `model.safetensors.index.json` and its shards).
 * The server of a URL must allow cross-origin and ranged requests.
 */
export type ModelRef = string;
/** The URL of a folder with `adapter_config.json` and `adapter_model.safetensors`, those two files by name, or a finished job. */
export type AdapterSource =
  | { readonly url: string }
  | { readonly files: Readonly<Record<string, Uint8Array>> }
  | { readonly jobId: string };

export interface LoadRequest {
  readonly model: ModelRef;
  /** What the planner minimises: the time of one token, or the time between tokens when many requests are in flight. Default "latency". */
  readonly objective?: "latency" | "throughput";
  /** How weights are held on the devices. Default "f32"; "q8" and "q4" are block-quantised. */
  readonly weights?: "f32" | "f16" | "q8" | "q4";
  /** How hidden states cross the wire. Default "f32" (exact). */
  readonly wire?: "f32" | "f16" | "q8";
  /** A placement made by hand: layer ranges [start, end) by device id, in pipeline order; the embedding goes with the first, final norm and head with the last. Checked, then used as it is. */
  readonly placement?: readonly { readonly device: string; readonly start: number; readonly end: number }[];
  /** Copies of every stage, 1 or more, when the room can hold them. Default 1. */
  readonly replicas?: number;
  /** Only these devices take slices; the default is all. */
  readonly devices?: readonly string[];
}

export interface GenerateRequest {
  readonly prompt?: string;
  readonly messages?: readonly { readonly role: "system" | "user" | "assistant"; readonly content: string }[];
  /** Instead of text: token ids, used as they are (no BOS added). */
  readonly promptIds?: readonly number[];
  readonly maxTokens: number;
  /** 0 is greedy. Default 0. */
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed?: number;
  /** Default true: stop at the model's end-of-text ids. */
  readonly stopAtEnd?: boolean;
  /** Speculative decoding: the same tokens, fewer trips round the ring. Default "auto". */
  readonly speculation?: "auto" | "off" | "prompt-lookup";
}
export interface GenerateResult {
  readonly id: string;
  readonly text: string;
  readonly promptIds: readonly number[];
  readonly tokenIds: readonly number[];
  readonly finish: "length" | "stop" | "cancelled";
  readonly timeToFirstTokenMs: number;
  readonly tokensPerSecond: number;
  /** Per stage, the medians over this generation's decode steps. */
  readonly stages: readonly {
    readonly device: string;
    readonly start: number;
    readonly end: number;
    readonly computeMs: number;
    readonly wireMs: number;
  }[];
  /** How often a stage was replaced while this generation ran. */
  readonly recoveries: number;
}
export interface TokenEvent {
  readonly id: number;
  readonly text: string;
  readonly atMs: number;
}

export interface FinetuneRequest {
  readonly method:
    | {
        readonly type: "lora";
        readonly rank: number;
        readonly alpha: number;
        readonly targets: readonly string[];
        readonly initial?: AdapterSource;
      }
    | { readonly type: "full" };
  /** Token sequences, used in order and cyclically: step s takes sequences s·batchSize … s·batchSize+batchSize−1 (mod n). Or text, cut into `sequenceLength` tokens. */
  readonly data:
    | { readonly sequences: readonly (readonly number[])[] }
    | { readonly text: string; readonly sequenceLength: number };
  readonly optimizer: {
    readonly type: "adamw" | "sgd";
    readonly learningRate: number;
    readonly beta1?: number;
    readonly beta2?: number;
    readonly epsilon?: number;
    readonly weightDecay?: number /** Clip the global gradient norm, over all stages; none by default. */;
    readonly clipNorm?: number;
  };
  readonly batchSize: number;
  /** Sequences per micro-batch; the pipeline keeps several in flight. Default batchSize. */
  readonly microBatchSize?: number;
  readonly steps: number;
  /** Federated: each client keeps its own data; its adapters are averaged every `localSteps` steps, weighted by sequences. A client's steps are counted on over rounds; optimizer moments start anew each round. `data` above is then unused. */
  readonly federated?: {
    readonly clients: readonly {
      readonly device?: string;
      readonly sequences: readonly (readonly number[])[];
    }[];
    readonly localSteps: number;
    readonly rounds: number;
  };
  readonly checkpointEverySteps?: number;
  readonly seed?: number;
}
export interface FinetuneResult {
  readonly jobId: string;
  /** Mean cross-entropy in nats per predicted token before each step; for a federated job, per round, per client. */
  readonly losses: readonly number[];
  readonly rounds?: readonly { readonly losses: readonly (readonly number[])[] }[];
  readonly stepMs: number;
  readonly bytesSent: number;
  readonly recoveries: number;
}

export interface SwarmSnapshot {
  readonly room: string;
  readonly self: string;
  readonly coordinator: string;
  readonly devices: readonly Device[];
  readonly links: readonly {
    readonly from: string;
    readonly to: string;
    readonly rttMs: number;
    readonly bytesPerSecond: number;
    readonly path: "direct" | "relay";
  }[];
  readonly placement: Placement | null;
  readonly generations: readonly {
    readonly id: string;
    readonly device: string;
    readonly tokens: number;
    readonly tokensPerSecond: number;
  }[];
  readonly jobs: readonly {
    readonly id: string;
    readonly kind: string;
    readonly step: number;
    readonly steps: number;
    readonly loss: number | null;
  }[];
  /** Facts of the loaded model; null while none is placed. */
  readonly model: ModelFacts | null;
  /** Live medians of each stage of the placement, in ring order; empty before the first token. */
  readonly laps: readonly StageLap[];
  /** What went wrong lately, newest last, at most 20. */
  readonly notices: readonly Notice[];
}
export interface ModelFacts {
  readonly ref: ModelRef;
  readonly family: string;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  /** Positions a conversation may have. */
  readonly contextLength: number;
  /** Bytes of all weights as they are held. */
  readonly weightBytes: number;
  /** Whether the checkpoint brings a chat template, so that `messages` can be used. */
  readonly chat: boolean;
}
export interface StageLap {
  readonly device: string;
  readonly start: number;
  readonly end: number;
  readonly computeMs: number;
  /** From the previous stage's (for the first: the asker's) hand-over to this stage's start. */
  readonly wireMs: number;
}
export interface Notice {
  readonly atMs: number;
  /** Where it happened; null when it concerns the room. */
  readonly device: string | null;
  readonly name: EdgeloomErrorName;
  readonly message: string;
}
export interface Device {
  readonly id: string;
  readonly name: string;
  readonly backend: "webgpu" | "wasm";
  readonly threads: number;
  readonly memoryBudgetBytes: number;
  readonly memoryUsedBytes: number;
  readonly gflops: number;
  readonly status: "joining" | "idle" | "loading" | "ready" | "lost";
  readonly visible: boolean;
  /** `device` computes, `client` only prompts, `viewer` only looks. */
  readonly role: "device" | "client" | "viewer";
  /** Bytes of its slice while status is `loading`, else null. */
  readonly loading: { readonly loadedBytes: number; readonly totalBytes: number } | null;
  /** Why its slice could not be loaded, until the next attempt. */
  readonly failure: { readonly name: EdgeloomErrorName; readonly message: string } | null;
}
export interface Placement {
  readonly id: string;
  readonly model: ModelRef;
  readonly stages: readonly {
    readonly start: number;
    readonly end: number;
    /** One device, or as many as there are replicas. */
    readonly devices: readonly string[];
    readonly embedding: boolean;
    readonly head: boolean;
    readonly weightBytes: number;
    readonly predictedMs: number;
  }[];
  readonly predictedTokenMs: number;
}
export type PlanResult =
  | { readonly type: "placed"; readonly placement: Placement }
  | { readonly type: "infeasible"; readonly missingBytes: number; readonly reason: string };

export type EdgeloomErrorName =
  | "InvalidRequest"
  | "UnsupportedModel"
  | "CorruptCheckpoint"
  | "Unreachable"
  | "DoesNotFit"
  | "NoDevices"
  | "DeviceLost"
  | "PeerLeft"
  | "ProtocolMismatch"
  | "NotAuthorised"
  | "Cancelled"
  | "TrainingDiverged";

declare global {
  var edgeloom: Edgeloom;
}
