import fc from "fast-check";
import { expect, test } from "vitest";
import { addressWithRoom, readRoomAddress } from "./room-address.ts";

const bytes = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i * 37 + 11) % 256);

test("a page without a room gets a fresh one, and its join link leads there", () => {
  const fresh = readRoomAddress("http://localhost:5173/?name=x", bytes);
  expect(fresh.key).toEqual(bytes(32));
  const joined = readRoomAddress(fresh.joinUrl, () => bytes(0));
  expect(joined).toMatchObject({ room: fresh.room, key: fresh.key });
  expect(fresh.joinUrl).not.toContain("name=");
});

test("any key survives the address bar, and other parameters stay", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (raw) => {
      const key = Uint8Array.from(raw);
      const address = addressWithRoom("https://h/?backend=wasm", { room: "abc", key, joinUrl: "" });
      expect(address).toContain("backend=wasm");
      expect(readRoomAddress(address, bytes)).toMatchObject({ room: "abc", key });
      // What a server sees of it holds no key.
      expect(new URL(address).search).not.toContain("key");
    }),
  );
});

test.each([
  "?room=abc",
  "?room=a%20b#key=x",
  "?room=abc#key=short",
  `?room=${"a".repeat(65)}`,
  "?room=-a#key=x",
])("a malformed room or key is refused: %s", (tail) => {
  const wrong = () => readRoomAddress(`http://localhost/${tail}`, bytes);
  expect(wrong).toThrowError(expect.objectContaining({ name: "InvalidRequest" }));
});
