import { expect, test } from "vitest";
import { sdpFingerprint } from "./sdp-fingerprint.ts";

const print = (byte: string) => Array.from({ length: 32 }, () => byte).join(":");
const line = (byte: string, hash = "sha-256") => `a=fingerprint:${hash} ${print(byte)}`;

test("the fingerprint of an SDP is found, once or repeated, in upper case", () => {
  expect(sdpFingerprint(`v=0\r\n${line("ab")}\r\nm=application 9\r\n`)).toBe(print("AB"));
  expect(sdpFingerprint(`${line("ab")}\r\nm=application 9\r\n${line("AB")}`)).toBe(print("AB"));
});

test.each([
  ["none", "v=0\r\n"],
  ["two different ones", `${line("AB")}\r\n${line("CD")}`],
  ["another hash", line("AB", "sha-1")],
  ["one beside another hash", `${line("AB")}\r\n${line("CD", "sha-512")}`],
  ["a short one", "a=fingerprint:sha-256 AB:CD"],
])("%s is refused", (_what, sdp) => {
  expect(() => sdpFingerprint(sdp)).toThrow(expect.objectContaining({ name: "NotAuthorised" }));
});
