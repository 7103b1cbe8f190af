import { describe, expect, test } from "vitest";
import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import type { Course } from "../../transport/frame.ts";
import { type AnswerFrame, createAnswers } from "./answers.ts";

const course = (generation: string): Course => ({
  placement: "0123456789abcdef",
  generation,
  asker: "el-a",
  position: 0,
  ask: { type: "nothing" },
  sentAtMs: 0,
  laps: [],
});
const token = (generation: string, id: number): AnswerFrame => ({
  type: "token",
  course: course(generation),
  id,
});
const failed = (generation: string): AnswerFrame => ({
  type: "failed",
  course: course(generation),
  failure: { name: "DoesNotFit", message: "9 bytes are missing" },
});

describe("answers", () => {
  test("come in order, whether they were waited for or not", async () => {
    const answers = createAnswers();
    const inbox = answers.open("a", "here");
    const early = inbox.next();
    expect([1, 2, 3].map((id) => answers.deliver(token("a", id)))).toEqual([true, true, true]);
    expect([await early, await inbox.next(), await inbox.next()]).toEqual(
      [1, 2, 3].map((id) => token("a", id)),
    );
  });

  test("reach their own generation only", async () => {
    const answers = createAnswers();
    const [a, b] = [answers.open("a", "here"), answers.open("b", "here")];
    answers.deliver(token("b", 20));
    answers.deliver(token("a", 10));
    answers.deliver(failed("b"));
    expect(await a.next()).toEqual(token("a", 10));
    expect(await b.next()).toEqual(token("b", 20));
    await expect(b.next()).rejects.toMatchObject({ name: "DoesNotFit", message: "9 bytes are missing" });
    expect(answers.generations()).toEqual(["a", "b"]);
  });

  test("of a generation that nobody waits for are told to be late", () => {
    const answers = createAnswers();
    expect(answers.deliver(token("a", 1))).toBe(false);
    answers.open("a", "here").close();
    expect(answers.deliver(token("a", 1))).toBe(false);
    expect(answers.generations()).toEqual([]);
  });

  test("that never come don't hang: closing and failing wake who waits, with the first reason", async () => {
    const answers = createAnswers();
    const [a, b] = [answers.open("a", "here"), answers.open("b", "here")];
    const [waitingA, waitingB] = [a.next(), b.next()];
    answers.fail("a", new EdgeloomError("PeerLeft", "el-x left"));
    answers.fail("a", new EdgeloomError("DeviceLost", "later"));
    b.close();
    await expect(waitingA).rejects.toMatchObject({ name: "PeerLeft", message: "el-x left" });
    await expect(a.next()).rejects.toMatchObject({ name: "PeerLeft" });
    await expect(waitingB).rejects.toMatchObject({ name: "Cancelled" });
    answers.fail("nobody", new EdgeloomError("PeerLeft", "no one minds"));
  });
});

test("a placement that goes ends the generations through it, and no others", async () => {
  const answers = createAnswers();
  const [old, present] = [answers.open("a", "old"), answers.open("b", "present")];
  answers.failPlaced("others", "present", new EdgeloomError("PeerLeft", "taken back"));
  await expect(old.next()).rejects.toThrow("taken back");
  answers.failPlaced("through", "old", new EdgeloomError("PeerLeft", "lost"));
  answers.failPlaced("through", "present", new EdgeloomError("PeerLeft", "lost too"));
  await expect(present.next()).rejects.toThrow("lost too");
});
