import { expect } from "vitest";
import type { Room } from "../room.ts";
import { snapshotOf } from "../snapshot.ts";
import type { Village } from "./village.ts";

/** Who is here, as this tab sees it. */
export const seen = (room: Room) => [...room.presence().keys()].sort();

/** What every tab has to agree on. */
const viewOf = (room: Room) => {
  const { self: _, notices: __, ...view } = snapshotOf(room, null);
  return view;
};

/** Every tab sees all tabs and the same state, and each pair has one link. */
export function expectAgreement(village: Village): void {
  const here = [...village.rooms.keys()].sort();
  const [first] = village.rooms.values();
  for (const room of village.rooms.values()) {
    expect(seen(room)).toEqual(here);
    expect(viewOf(room)).toEqual(first && viewOf(first));
  }
  for (const a of here)
    for (const b of here) if (a < b) expect([a, b, village.linksBetween(a, b)]).toEqual([a, b, 1]);
}

/** Those whom this tab sees, see each other. */
export function expectAgreementWith(village: Village, id: string): void {
  const view = seen(village.rooms.get(id)!);
  for (const other of view) expect(seen(village.rooms.get(other)!)).toEqual(view);
}
