import { expect, test } from "vitest";
import type { Presence } from "./presence.ts";
import { deviceOf, snapshotOf } from "./snapshot.ts";
import { createVillage, placementOn, presenceOf } from "./testing/village.ts";

const held = (state: "loading" | "ready" | "failed"): Presence["held"][number] => ({
  placement: "00000000000000aa",
  stage: 0,
  state,
  loadedBytes: 3,
  totalBytes: 7,
  failure: state === "failed" ? { name: "DoesNotFit", message: "4 bytes are missing" } : null,
});
const statusOf = (patch: Partial<Presence>) => deviceOf({ ...presenceOf("a"), ...patch }).status;

test("a device's status is what it holds: joining, idle, loading, ready", () => {
  expect(statusOf({ isProfiled: false })).toBe("joining");
  expect(statusOf({})).toBe("idle");
  expect(statusOf({ held: [held("ready"), held("loading")] })).toBe("loading");
  expect(statusOf({ held: [held("ready")] })).toBe("ready");
  expect(statusOf({ held: [held("failed")] })).toBe("idle");
});

test("loading shows bytes, a failure its name and message", () => {
  expect(deviceOf({ ...presenceOf("a"), held: [held("loading")] })).toMatchObject({
    loading: { loadedBytes: 3, totalBytes: 7 },
    failure: null,
  });
  expect(deviceOf({ ...presenceOf("a"), held: [held("failed")] })).toMatchObject({
    loading: null,
    failure: { name: "DoesNotFit", message: "4 bytes are missing" },
  });
});

test("[S3] a snapshot shows no link to a device that isn't here, and laps of the present placement only", async () => {
  const village = createVillage();
  const a = village.join("a", null);
  const b = village.join("b", "a");
  await village.world.pass(500);
  const link = { rttMs: -0.1, bytesPerSecond: 9, path: "direct" } as const;
  const lap = { start: 0, end: 4, computeMs: 1, wireMs: -0.2 };
  b.setPresence({
    links: [
      { to: "a", ...link },
      { to: "z", ...link },
    ],
    laps: [{ device: "a", ...lap }],
  });
  await village.world.pass(500);
  expect(snapshotOf(a, null).links).toEqual([{ from: "b", to: "a", ...link, rttMs: 0 }]);
  expect(snapshotOf(a, null).laps).toEqual([]);
  a.adopt(placementOn("a"));
  expect(snapshotOf(a, null).laps).toEqual([{ device: "a", ...lap, wireMs: 0 }]);
  a.adopt(placementOn("b"));
  expect(snapshotOf(a, null).laps).toEqual([]);
  expect(Object.keys(snapshotOf(a, null).placement ?? {}).sort()).toEqual([
    "id",
    "model",
    "predictedTokenMs",
    "stages",
  ]);
  village.close();
});

test("of notices the last twenty are kept, newest last", () => {
  const village = createVillage();
  const a = village.join("a", null);
  for (let i = 0; i < 30; i++) a.notice({ device: null, name: "Cancelled", message: `${i}`.repeat(3000) });
  const { notices } = snapshotOf(a, null);
  expect(notices.map(({ message }) => message.slice(0, 2))).toEqual(
    Array.from({ length: 20 }, (_, i) => `${i + 10}`),
  );
  expect(Math.max(...notices.map(({ message }) => message.length))).toBe(2000);
  village.close();
});
