/** Whether a path stays beside the ONNX file, as ONNX Runtime demands of the location of external data. */
export const isRelativePath = (path: string): boolean =>
  path !== "" && !/^\/|\\|:\/\/|\0/.test(path) && !path.split("/").includes("..");
