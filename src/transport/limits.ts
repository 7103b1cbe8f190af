const KIB = 1024;
const MIB = 1024 * KIB;

/** The most that one message of a ByteChannel holds, chunk header included. */
export const CHUNK_BYTES = 64 * KIB;
/** The most that one frame holds. */
export const FRAME_BYTES = 256 * MIB;
/** The most that one frame of a peer holds that hasn't proved the room's key. */
export const GREETING_BYTES = 4 * KIB;
/** The most that frames may hold together while no listener takes them. */
export const WAITING_BYTES = 64 * MIB;
/** The most frames that wait while no listener takes them. */
export const WAITING_FRAMES = 4096;
/** At or below this many buffered bytes a ByteChannel calls its drain listener. */
export const LOW_WATER_BYTES = 256 * KIB;

/** Bounds of the fields of a frame; what lies beyond is malformed. */
export const limits = {
  idBytes: 128,
  operationBytes: 128,
  /** Longer texts of failures and farewells are cut by the sender. */
  messageBytes: 4 * KIB,
  jsonBytes: MIB,
  updateBytes: 64 * MIB,
  rows: 65_536,
  width: 1 << 20,
  ids: 1 << 20,
  logits: 1 << 20,
  laps: 1024,
  position: 2 ** 31 - 1,
  topK: 1 << 20,
} as const;
