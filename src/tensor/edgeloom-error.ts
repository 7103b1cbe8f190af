import type { EdgeloomErrorName } from "../page-api.ts";

/** An expected failure: its name is part of the page API, its message states the facts and the remedy. */
export class EdgeloomError extends Error {
  override readonly name: EdgeloomErrorName;
  constructor(name: EdgeloomErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

/** What crosses threads and links of an error: comlink and JSON keep no classes. */
export interface Failure {
  readonly name: EdgeloomErrorName;
  readonly message: string;
}

const names: ReadonlySet<string> = new Set<EdgeloomErrorName>([
  "InvalidRequest",
  "UnsupportedModel",
  "CorruptCheckpoint",
  "Unreachable",
  "DoesNotFit",
  "NoDevices",
  "DeviceLost",
  "PeerLeft",
  "ProtocolMismatch",
  "NotAuthorised",
  "Cancelled",
  "TrainingDiverged",
]);
export const isErrorName = (name: string): name is EdgeloomErrorName => names.has(name);

/** Longer messages are cut: what crosses to peers is bounded there. */
const messageCharacters = 2000;

/** The failure that an unknown thrown value states; one without a name of ours is a lost device: something broke there. */
export function failureOf(error: unknown): Failure {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, messageCharacters);
  return { name: error instanceof Error && isErrorName(error.name) ? error.name : "DeviceLost", message };
}

export const errorOf = (failure: Failure): EdgeloomError => new EdgeloomError(failure.name, failure.message);
