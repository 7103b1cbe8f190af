import { expect, test } from "vitest";
import { parseBytes, parseTabOptions } from "./tab-options.ts";

const parse = (query: string) => parseTabOptions(new URLSearchParams(query));

test("a page without parameters is a device that decides by itself", () => {
  expect(parse("")).toEqual({
    name: null,
    role: "device",
    runtime: { backend: "auto", threads: null, memoryBudgetBytes: null, slow: 1 },
    link: null,
    iceServers: [],
    relayOnly: false,
  });
});

test("sizes are read in decimal and binary units", () => {
  expect(parseBytes("256MB")).toBe(256e6);
  expect(parseBytes("1.5GiB")).toBe(1.5 * 2 ** 30);
  expect(parseBytes(null)).toBeNull();
});

test.each([
  "backend=gpu",
  "memory=much",
  "memory=12",
  "slow=0",
  "slow=x",
  "threads=0",
  "role=boss",
  "ice=[{}]",
  "ice=no",
  "link=rtt=x",
  "relay=never",
])("nonsense is refused by the parameter's name: %s", (query) => {
  const [name = ""] = query.split("=");
  expect(() => parse(query)).toThrowError(
    expect.objectContaining({ name: "InvalidRequest", message: expect.stringContaining(name) }),
  );
});

test("ICE servers and relays are taken as given", () => {
  const servers = [{ urls: ["turn:host:1"], username: "u", credential: "c" }];
  expect(parse(`ice=${encodeURIComponent(JSON.stringify(servers))}&relay=only`)).toMatchObject({
    iceServers: servers,
    relayOnly: true,
  });
});
