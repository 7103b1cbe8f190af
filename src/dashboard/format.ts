/** What stands where nothing was measured yet. */
export const unknownValue = "–";

const byteUnits = ["B", "kB", "MB", "GB", "TB"] as const;

/** Bytes in decimal units, three significant digits: 4943872 → "4.94 MB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 would be shown as 1000: it already belongs to the next unit.
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : threeDigits(value)} ${byteUnits[unit] ?? "B"}`;
}

/** A duration: "0.84 ms", "12.4 ms", "250 ms", "1.25 s". */
export function formatMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return unknownValue;
  if (ms < 0.005) return "0 ms";
  return ms < 999.5 ? `${threeDigits(ms)} ms` : `${threeDigits(ms / 1000)} s`;
}

/** A rate of tokens: "8.31 tokens/s". */
export const formatTokensPerSecond = (rate: number | null): string =>
  `${rate === null || !Number.isFinite(rate) ? unknownValue : threeDigits(rate)} tokens/s`;

/** Measured speed: "412 GFLOPS", "1.25 TFLOPS"; nothing measured reads as unknown. */
export function formatGflops(gflops: number): string {
  if (!(gflops > 0)) return `${unknownValue} GFLOPS`;
  return gflops < 999.5 ? `${threeDigits(gflops)} GFLOPS` : `${threeDigits(gflops / 1000)} TFLOPS`;
}

/** How much of a whole, 0 to 1; an empty whole is not begun. */
export const fraction = (part: number, whole: number): number =>
  whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;

/** "37 %"; 100 % only when it is the whole. */
export const formatPercent = (share: number): string => `${Math.floor(share * 100)} %`;

/** Layers [start, end) as people say them: "layers 0–2", "layer 5", "no layers". */
export function formatLayers(start: number, end: number): string {
  if (end <= start) return "no layers";
  return end - start === 1 ? `layer ${start}` : `layers ${start}–${end - 1}`;
}

/** "1 token", "3 tokens". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Three significant digits, but never an exponent and never fewer digits than the whole part has. */
function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}
