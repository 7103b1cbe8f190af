import { EdgeloomError } from "../../tensor/edgeloom-error.ts";

/** The file is sound, but uses what Edgeloom does not do. */
export const unsupported = (fact: string): EdgeloomError =>
  new EdgeloomError("UnsupportedModel", `ONNX file: ${fact}`);

/** The file contradicts itself or the format. */
export const corrupt = (fact: string): EdgeloomError =>
  new EdgeloomError("CorruptCheckpoint", `ONNX file: ${fact}; fetch or export it again`);
