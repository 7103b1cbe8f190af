const gibibyte = 2 ** 30;

/** WASM memory ends at 4 GiB, and prepacked weights are held twice there. */
const mostBytes = 1.75 * gibibyte;
/** A phone's browser kills a tab long before its memory is full. */
const mostOnPhoneBytes = 0.3 * gibibyte;

/**
 * Bytes that this thread may give to weights and caches: a quarter of the memory that the browser reports, capped, and
 * halved until an allocation of that size succeeds.
 */
export function probeMemoryBytes(): number {
  const reported = reportedMemoryGibibytes();
  const cap = isPhone() ? mostOnPhoneBytes : mostBytes;
  let bytes = Math.floor(Math.min(cap, (reported * gibibyte) / 4));
  while (bytes > 2 ** 20 && !canAllocate(bytes)) bytes = Math.floor(bytes / 2);
  return bytes;
}

function canAllocate(bytes: number): boolean {
  try {
    return new ArrayBuffer(bytes).byteLength === bytes;
  } catch {
    return false;
  }
}

/** Browsers round it, and cap it at 8; those that tell nothing are taken for 4. */
function reportedMemoryGibibytes(): number {
  const told: unknown = Reflect.get(globalThis.navigator ?? {}, "deviceMemory");
  return typeof told === "number" && told > 0 ? told : 4;
}

const isPhone = (): boolean => /Android|iPhone|iPad|Mobile/.test(globalThis.navigator?.userAgent ?? "");
