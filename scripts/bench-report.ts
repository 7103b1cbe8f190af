import type { Machine } from "./bench-machine.ts";
import type { Measured } from "./bench-measure.ts";
import { formatTable } from "./table.ts";

/** Everything that one run found out. */
export interface BenchReport {
  readonly machine: Machine;
  readonly backend: string;
  readonly threads: number;
  readonly rounds: number;
  readonly tokens: number;
  /** Round trip of a message of one token's hidden states over a bare data channel of one page. */
  readonly rawRoundTripMs: number;
  readonly models: readonly ModelReport[];
}

export interface ModelReport {
  readonly model: string;
  readonly what: string;
  readonly placements: readonly Measured[];
}

export function formatReport(report: BenchReport): string {
  const { machine, backend, threads, rounds, tokens } = report;
  return [
    `${machine.cpu}, ${machine.cores} cores; Node ${machine.node}, Chromium ${machine.chromium}; ${backend}, ${threads} thread(s) per tab`,
    `medians of ${rounds} answers of ${tokens} tokens, warm-up excluded; greedy, f32 on the wire`,
    `a bare data channel of one page: ${ms(report.rawRoundTripMs)} ms there and back`,
    ...report.models.map(formatModel),
  ].join("\n");
}

function formatModel({ model, what, placements }: ModelReport): string {
  return `\n${model} (${what})\n\n${speedTable(placements)}\n\n${linkTable(placements)}`;
}

function speedTable(placements: readonly Measured[]): string {
  const [alone] = placements;
  const rows = placements.map((now, index) => {
    const before = placements[index - 1];
    const added = (part: (of: Measured) => number): string =>
      before ? signed(part(now) - part(before)) : "";
    return [
      now.tabs,
      ms(now.tokensPerSecond),
      alone ? (now.tokensPerSecond / alone.tokensPerSecond).toFixed(2) : "",
      ms(now.tokenMs),
      ms(now.computeMs),
      ms(now.wireMs),
      ms(now.tokenMs - now.computeMs),
      added(({ tokenMs }) => tokenMs),
      added(({ tokenMs, computeMs }) => tokenMs - computeMs),
      ms(now.firstTokenMs),
      ms(now.loadMs),
      now.memoryBytes.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(" + "),
    ];
  });
  return formatTable(
    [
      "tabs",
      "tokens/s",
      "ratio",
      "ms/token",
      "compute",
      "wire in",
      "beside compute",
      "one tab more",
      "… above compute",
      "first token of 128, ms",
      "load ms",
      "MiB",
    ],
    rows,
  );
}

function linkTable(placements: readonly Measured[]): string {
  const rows = placements.flatMap(({ tabs, links }) =>
    links.map(({ from, to, bytesPerToken, messagesPerToken }) => [
      tabs,
      `${from} → ${to}`,
      Math.round(bytesPerToken),
      messagesPerToken.toFixed(2),
    ]),
  );
  return rows.length === 0 ? "" : formatTable(["tabs", "link", "bytes/token", "messages/token"], rows);
}

const ms = (value: number): string => value.toFixed(value < 100 ? 2 : 0);
const signed = (value: number): string => `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
