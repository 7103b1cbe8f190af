import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Spread, spreadEvenly } from "../scripts/spread.ts";
import type { Tab } from "../scripts/tab.ts";
import type { GenerateRequest, Placement, SwarmSnapshot } from "../src/page-api.ts";
import { sharedModelsFolder } from "./harness.ts";

/** A real checkpoint, and what it says greedily to one prompt. */
export interface Story {
  readonly model: string;
  readonly layers: number;
  readonly prompt: string;
  /** The known continuation, where somebody else has told it. */
  readonly answer: string | null;
  /** Tokens of the continuation; it ends just there. */
  readonly tokens: number;
}

const quoted: Story = {
  model: "stories260K",
  layers: 5,
  prompt: "Once upon a time",
  answer:
    ", there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. She wanted to play with it, but it was too high.",
  tokens: 57,
};

const bundled: Story = {
  model: "fables-1m",
  layers: 6,
  prompt: "Once upon a time",
  answer: null,
  tokens: 60,
};

/** Without the checkpoint the laws are tested on the bundled one, and its known sentence is not. */
const isQuotedThere = existsSync(join(sharedModelsFolder, quoted.model, "config.json"));

export const story: Story = isQuotedThere ? quoted : bundled;

/** For the titles of tests that need the known sentence: why they are skipped, if they are. */
export const orWhyNot = isQuotedThere ? "" : ` (skipped: ${sharedModelsFolder} holds no ${quoted.model})`;

export const ask = (request: Partial<GenerateRequest> = {}): GenerateRequest => ({
  prompt: story.prompt,
  maxTokens: story.tokens,
  ...request,
});

/** Loads the story's model from one tab over these holders in their order, evenly. */
export async function loadEvenly(asker: Tab, holders: readonly Tab[]): Promise<Placement> {
  const ids = await Promise.all(holders.map((tab) => tab.id()));
  return loadAs(asker, spreadEvenly(story.layers, ids));
}

/** Loads the story's model from one tab, placed as told. */
export const loadAs = (asker: Tab, placement: Spread): Promise<Placement> =>
  asker.call((request) => edgeloom.load(request), { model: story.model, placement });

/** Bytes in use by device id. */
export const usedBytes = ({ devices }: SwarmSnapshot): Readonly<Record<string, number>> =>
  Object.fromEntries(devices.map(({ id, memoryUsedBytes }) => [id, memoryUsedBytes]));

/** Bytes of the weights that a placement lays on each of these devices. */
export const weightBytes = (
  { stages }: Placement,
  { devices }: SwarmSnapshot,
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    devices.map(({ id }) => {
      const own = stages.filter((stage) => stage.devices.includes(id));
      return [id, own.reduce((sum, stage) => sum + stage.weightBytes, 0)];
    }),
  );

/** Waits until every tab sees so many devices. */
export async function seeEachOther(tabs: readonly Tab[]): Promise<void> {
  await Promise.all(
    tabs.map((tab) => tab.until(({ devices }) => devices.length === tabs.length, `${tabs.length} devices`)),
  );
}
