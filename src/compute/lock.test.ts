import fc from "fast-check";
import { expect, test } from "vitest";
import { createLock } from "./lock.ts";

test("tasks run one at a time, in order, and each settles as it does by itself", async () => {
  const arbitraryTasks = fc.array(fc.record({ turns: fc.nat(4), fails: fc.boolean() }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(arbitraryTasks, async (tasks) => {
      const lock = createLock();
      const order: number[] = [];
      let inside = 0;
      const runs = tasks.map(({ turns, fails }, index) =>
        lock(async () => {
          expect(++inside).toBe(1);
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          order.push(index);
          inside--;
          if (fails) throw new Error(`task ${index}`);
          return index;
        }),
      );
      const settled = await Promise.allSettled(runs);
      expect(order).toEqual(tasks.map((_, index) => index));
      expect(settled.map(({ status }) => status === "rejected")).toEqual(tasks.map(({ fails }) => fails));
    }),
  );
});
