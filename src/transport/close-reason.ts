import { EdgeloomError } from "../tensor/edgeloom-error.ts";
import type { Frame } from "./frame.ts";
import type { CloseReason, DeviceId } from "./link.ts";
import { ForeignVersion, MalformedFrame } from "./malformed-frame.ts";
import { versionAdvice } from "./protocol.ts";

const types: readonly CloseReason["type"][] = [
  "left",
  "silent",
  "malformed",
  "protocol-mismatch",
  "not-authorised",
  "lost",
];

/** Why the link ends, as the other side says; a word that this version doesn't know counts as having left. */
export function reasonOfBye(bye: Extract<Frame, { readonly type: "bye" }>, peer: DeviceId): CloseReason {
  const type = types.find((known) => known === bye.reason) ?? "left";
  return { type, message: `${peer} closed the link: ${bye.message}` };
}

/** Why the link ends when what came over it threw this. */
export function reasonOfError(error: unknown, peer: DeviceId): CloseReason {
  if (error instanceof ForeignVersion)
    return { type: "protocol-mismatch", message: versionAdvice(error.version, peer) };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof MalformedFrame) return { type: "malformed", message: `from ${peer}: ${message}` };
  return { type: "lost", message: `from ${peer}: ${message}` };
}

/** What a caller gets who waited for something on a link that ended. */
export function errorOfReason(reason: CloseReason, peer: DeviceId): EdgeloomError {
  if (reason.type === "protocol-mismatch") return new EdgeloomError("ProtocolMismatch", reason.message);
  if (reason.type === "not-authorised") return new EdgeloomError("NotAuthorised", reason.message);
  return new EdgeloomError("PeerLeft", `the link to ${peer} is closed (${reason.type}): ${reason.message}`);
}
