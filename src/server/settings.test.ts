import { expect, test } from "vitest";
import { parseSettings } from "./settings.ts";

test("without wishes the port is 5173, http, freshly built", () => {
  expect(parseSettings({}, [])).toEqual({ port: 5173, https: false, reuseBuild: false });
});

test("environment and flags are obeyed", () => {
  const wished = parseSettings({ PORT: "0", HTTPS: "1" }, ["--no-build"]);
  expect(wished).toEqual({ port: 0, https: true, reuseBuild: true });
  expect(parseSettings({ EDGELOOM_NO_BUILD: "1" }, []).reuseBuild).toBe(true);
});

test("a port that is none, and an unknown flag, are refused by name", () => {
  for (const PORT of ["65536", "-1", "80.5", "http", "1e3", " 80"]) {
    expect(() => parseSettings({ PORT }, [])).toThrow(`PORT is "${PORT}"`);
  }
  expect(() => parseSettings({}, ["--port"])).toThrow("--port is not an option");
});
