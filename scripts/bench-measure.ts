import type { GenerateRequest, GenerateResult } from "../src/page-api.ts";
import { readTraffic } from "./bench-links.ts";
import type { BenchRoom } from "./bench-room.ts";
import { median } from "./median.ts";
import { spreadEvenly } from "./spread.ts";

/** One model on some tabs, evenly placed. All times are medians; one placement's tokens are the same in every run. */
export interface Measured {
  readonly tabs: number;
  readonly tokensPerSecond: number;
  readonly tokenMs: number;
  /** Sum over the stages. */
  readonly computeMs: number;
  /** Sum over the stages: hand-over to start of compute, the answer's own way back not among it. */
  readonly wireMs: number;
  /** Of a 128-token prompt. */
  readonly firstTokenMs: number;
  readonly loadMs: number;
  readonly memoryBytes: readonly number[];
  /** What each link of the ring carried per token, all its lanes together. */
  readonly links: readonly LinkUse[];
}

export interface LinkUse {
  readonly from: string;
  readonly to: string;
  readonly bytesPerToken: number;
  readonly messagesPerToken: number;
}

export interface Workload {
  readonly ref: string;
  readonly rounds: number;
  readonly tokens: number;
}

const promptTokens = 16;
const longPromptTokens = 128;

/** Loads the model on the first `count` tabs and measures it there. */
export async function measure(room: BenchRoom, count: number, workload: Workload): Promise<Measured> {
  const [asker] = room.tabs;
  if (!asker) throw new Error("a bench needs at least one tab");
  const loadedAtMs = performance.now();
  await load(room, count, workload.ref);
  const loadMs = performance.now() - loadedAtMs;
  const { model, placement } = await asker.tab.snapshot();
  if (!model || placement?.stages.length !== count)
    throw new Error(`${workload.ref} is not placed on ${count} tabs`);
  const vocabulary = model.vocabularySize;
  const ask = (length: number, maxTokens: number) =>
    asker.tab.call((request: GenerateRequest) => edgeloom.generate(request), {
      promptIds: Array.from({ length }, (_, index) => (index * 7919 + 11) % vocabulary),
      maxTokens,
      stopAtEnd: false,
      speculation: "off" as const,
    });
  await ask(promptTokens, 8);
  await ask(longPromptTokens, 1);
  const [answers, firstTokenMs]: [GenerateResult[], number[]] = [[], []];
  const before = await readTraffic(room.tabs);
  for (let round = 0; round < workload.rounds; round++)
    answers.push(await ask(promptTokens, workload.tokens));
  const after = await readTraffic(room.tabs);
  for (let round = 0; round < workload.rounds; round++)
    firstTokenMs.push((await ask(longPromptTokens, 1)).timeToFirstTokenMs);
  return {
    tabs: count,
    ...timesOf(answers),
    firstTokenMs: median(firstTokenMs),
    loadMs,
    memoryBytes: await room.memoryBytes(count),
    links: linksOf(room.tabs.slice(0, count), { before, after, tokens: workload.rounds * workload.tokens }),
  };
}

async function load({ tabs }: BenchRoom, count: number, ref: string): Promise<void> {
  const [asker] = tabs;
  if (!asker) return;
  await asker.tab.call(() => edgeloom.unload());
  const plan = await asker.tab.call((model) => edgeloom.plan({ model }), ref);
  if (plan.type === "infeasible") throw new Error(plan.reason);
  const layers = Math.max(...plan.placement.stages.map(({ end }) => end));
  const placement = spreadEvenly(
    layers,
    tabs.slice(0, count).map(({ id }) => id),
  );
  await asker.tab.call((request) => edgeloom.load(request), { model: ref, placement });
}

function timesOf(answers: readonly GenerateResult[]) {
  const sum = (part: "computeMs" | "wireMs") =>
    median(answers.map(({ stages }) => stages.reduce((total, stage) => total + stage[part], 0)));
  const tokensPerSecond = median(answers.map((answer) => answer.tokensPerSecond));
  return {
    tokensPerSecond,
    tokenMs: 1000 / tokensPerSecond,
    computeMs: sum("computeMs"),
    wireMs: sum("wireMs"),
  };
}

interface Counts {
  readonly before: Awaited<ReturnType<typeof readTraffic>>;
  readonly after: Awaited<ReturnType<typeof readTraffic>>;
  readonly tokens: number;
}

/** The links of the ring: each stage's to the next, the last one's back to the asker. */
function linksOf(ring: readonly { readonly name: string }[], counts: Counts): LinkUse[] {
  return ring.flatMap(({ name: from }, index) => {
    const to = ring[(index + 1) % ring.length]?.name ?? from;
    const [start, end] = [counts.before.get(from)?.[to], counts.after.get(from)?.[to]];
    if (from === to || !start || !end) return [];
    return [
      {
        from,
        to,
        bytesPerToken: (end.bytes - start.bytes) / counts.tokens,
        messagesPerToken: (end.messages - start.messages) / counts.tokens,
      },
    ];
  });
}
