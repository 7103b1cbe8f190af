/** Layer ranges [start, end) by device, in pipeline order. */
export type Spread = readonly { readonly device: string; readonly start: number; readonly end: number }[];

/** Layers split as evenly as they go over the devices, in their order; the first ones get one more. At most as many stages as layers. */
export function spreadEvenly(layers: number, devices: readonly string[]): Spread {
  const stages = devices.slice(0, layers);
  const firstLayerOf = (stage: number): number => {
    const share = Math.floor(layers / stages.length);
    return stage * share + Math.min(stage, layers % stages.length);
  };
  return stages.map((device, stage) => ({
    device,
    start: firstLayerOf(stage),
    end: firstLayerOf(stage + 1),
  }));
}
