import type { WireFormat } from "../tensor/codec/wire.ts";
import type { Failure } from "../tensor/edgeloom-error.ts";

/** How the last stage is to answer: with the next token, or with the score of given targets. */
export type Ask =
  | { readonly type: "nothing" }
  | {
      readonly type: "token";
      /** 0 is greedy. */
      readonly temperature: number;
      /** 0 keeps all. */
      readonly topK: number;
      /** 1 keeps all. */
      readonly topP: number;
      readonly seed: number;
    }
  /** Sum of −ln p(target) over the rows, and the logits of the last row. Targets are the ids that follow each row; −1 is not counted. */
  | { readonly type: "score"; readonly targets: Int32Array<ArrayBuffer> };

/** What one stage adds to a frame that passes through it. */
export interface Lap {
  readonly computeMs: number;
  /** From the sender's hand-over to this stage's start, both on this stage's clock. */
  readonly wireMs: number;
}

/** What every frame of a generation says; whoever is at another placement refuses it. */
export interface Course {
  /** 16 hex digits. */
  readonly placement: string;
  /** 16 hex digits. */
  readonly generation: string;
  /** Device that asked, and that gets the answer. */
  readonly asker: string;
  /** Rows that every stage has cached before this frame: the first row's position. 0 starts the generation anew. */
  readonly position: number;
  readonly ask: Ask;
  /** Sender's clock when the frame was handed to the link, in milliseconds since 1970. */
  readonly sentAtMs: number;
  readonly laps: readonly Lap[];
}

export type Frame =
  /** First frame both ways. `nonce` is 32 random bytes. */
  | {
      readonly type: "hello";
      readonly protocol: number;
      readonly device: string;
      readonly room: string;
      readonly nonce: Uint8Array<ArrayBuffer>;
    }
  /** HMAC-SHA-256 that proves the room's key, bound to both hellos and both DTLS fingerprints. 32 bytes. */
  | { readonly type: "proof"; readonly mac: Uint8Array<ArrayBuffer> }
  | { readonly type: "ping"; readonly sentAtMs: number }
  | {
      readonly type: "pong";
      readonly pingSentAtMs: number;
      readonly receivedAtMs: number;
      readonly sentAtMs: number;
    }
  /** A y-protocols sync message. */
  | { readonly type: "state"; readonly update: Uint8Array<ArrayBuffer> }
  /** A y-protocols awareness update. */
  | { readonly type: "presence"; readonly update: Uint8Array<ArrayBuffer> }
  /** A call of a named operation with JSON, and its answer. */
  | { readonly type: "request"; readonly id: number; readonly operation: string; readonly body: unknown }
  | { readonly type: "reply"; readonly id: number; readonly body: unknown; readonly failure: Failure | null }
  /** Token ids for the first stage. */
  | { readonly type: "ids"; readonly course: Course; readonly ids: Int32Array<ArrayBuffer> }
  /** Hidden states for the next stage: `rows` × `width` values in `format`. */
  | {
      readonly type: "hidden";
      readonly course: Course;
      readonly rows: number;
      readonly width: number;
      readonly format: WireFormat;
      readonly payload: Uint8Array<ArrayBuffer>;
    }
  /** The last stage's answer to the asker. */
  | { readonly type: "token"; readonly course: Course; readonly id: number }
  | {
      readonly type: "score";
      readonly course: Course;
      readonly negativeLogLikelihood: number;
      readonly lastLogits: Float32Array<ArrayBuffer>;
    }
  /** A chunk of a prompt that asked for nothing has passed through every stage. */
  | { readonly type: "passed"; readonly course: Course }
  /** A stage could not do its part; goes to the asker. */
  | { readonly type: "failed"; readonly course: Course; readonly failure: Failure }
  /** The asker is done: stages free the generation's caches. */
  | { readonly type: "release"; readonly placement: string; readonly generation: string }
  | { readonly type: "bye"; readonly reason: string; readonly message: string };
