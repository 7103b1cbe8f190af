import type { EdgeloomErrorName } from "../page-api.ts";

/** What a person reads first; the message below it states the facts and the remedy. */
const errorTitles: Readonly<Record<EdgeloomErrorName, string>> = {
  InvalidRequest: "That request doesn't work",
  UnsupportedModel: "This kind of model isn't supported",
  CorruptCheckpoint: "The model's files are damaged",
  Unreachable: "Couldn't be reached",
  DoesNotFit: "Not enough memory in the room",
  NoDevices: "Nobody here computes",
  DeviceLost: "A device failed",
  PeerLeft: "A device left",
  ProtocolMismatch: "Different versions",
  NotAuthorised: "Wrong room key",
  Cancelled: "Stopped",
  TrainingDiverged: "Training diverged",
};

/** The title after what it concerns: "Ada's phone: a device failed". */
export const titledError = (name: EdgeloomErrorName, where: string | null): string =>
  where === null
    ? errorTitles[name]
    : `${where}: ${errorTitles[name].charAt(0).toLowerCase()}${errorTitles[name].slice(1)}`;
