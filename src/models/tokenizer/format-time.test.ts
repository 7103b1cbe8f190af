import { expect, test } from "vitest";
import { formatTime } from "./format-time.ts";

/** What `time.strftime` of CPython gives for these. */
test.each([
  [new Date(2024, 6, 26, 9, 5, 7), "26 Jul 2024|Friday 26 July, Fri|09:05:07|09 AM|26/07/24|9|100%"],
  [new Date(2025, 0, 1, 0, 30, 0), "01 Jan 2025|Wednesday 01 January, Wed|00:30:00|12 AM|01/01/25|0|100%"],
  [new Date(2000, 11, 31, 13, 59, 59), "31 Dec 2000|Sunday 31 December, Sun|13:59:59|01 PM|31/12/00|13|100%"],
])("%s reads as strftime writes it", (time, expected) => {
  expect(formatTime(time, "%d %b %Y|%A %d %B, %a|%H:%M:%S|%I %p|%d/%m/%y|%-H|100%%")).toBe(expected);
});

test("a directive that isn't implemented is no silent gap", () => {
  expect(() => formatTime(new Date(2024, 6, 26), "%Q")).toThrow("%Q");
});
