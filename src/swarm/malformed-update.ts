/** What a peer sent is no update of the room's state: its link closes, and nothing else happens. */
export class MalformedUpdate extends Error {
  override readonly name = "MalformedUpdate";
}
