import { expect, test } from "vitest";
import { addressOf } from "./room.ts";

const invitation = new URL("http://localhost:5173/?room=blue#key=abc");

test("a tab's address is the room's with its own parameters", () => {
  const address = new URL(
    addressOf(invitation, { name: "a & b", backend: "wasm", slow: 4, link: "rtt=40,mbps=20" }),
  );
  expect(address.origin).toBe("http://localhost:5173");
  expect(Object.fromEntries(address.searchParams)).toEqual({
    room: "blue",
    name: "a & b",
    backend: "wasm",
    slow: "4",
    link: "rtt=40,mbps=20",
  });
  expect(address.hash).toBe("#key=abc");
});

test("key, room and origin can be other ones", () => {
  const address = addressOf(invitation, { key: "xyz", room: "red", origin: "https://192.168.1.2:5173" });
  expect(address).toBe("https://192.168.1.2:5173/?room=red#key=xyz");
});
