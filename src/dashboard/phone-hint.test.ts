import { describe, expect, test } from "vitest";
import { phoneHint } from "./phone-hint.ts";

describe("what a phone needs", () => {
  const lan = "https://192.168.1.7:5173/";
  test("an https address of the network is scanned as it is", () => {
    expect(phoneHint(`${lan}?room=r#key=k`, { secure: true, secureUrl: lan })).toEqual({ type: "scan" });
    expect(phoneHint("https://loom.example/?room=r", { secure: true, secureUrl: null })).toEqual({
      type: "scan",
    });
  });

  test.each([
    "http://localhost:5173/",
    "https://localhost:5173/",
    "http://127.0.0.1:5173/",
    "http://[::1]:5173/",
  ])("%s means another machine to a phone", (joinUrl) => {
    expect(phoneHint(joinUrl, { secure: true, secureUrl: null })).toEqual({
      type: "start-lan",
      reason: "loopback",
    });
    expect(phoneHint(joinUrl, { secure: true, secureUrl: lan })).toEqual({ type: "use", url: lan });
  });

  test("a network address without https sends to the https one, or to the command that makes one", () => {
    const joinUrl = "http://192.168.1.7:5173/?room=r";
    expect(phoneHint(joinUrl, { secure: false, secureUrl: lan })).toEqual({ type: "use", url: lan });
    expect(phoneHint(joinUrl, { secure: false, secureUrl: null })).toEqual({
      type: "start-lan",
      reason: "insecure",
    });
  });
});
