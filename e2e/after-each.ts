import { afterEach } from "vitest";
import { closeRooms, saveScreenshots } from "./harness.ts";

// Registered before the hooks of the test files, so it runs after them.
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await saveScreenshots(task.name);
  await closeRooms();
});
