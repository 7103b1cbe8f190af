/** Writes little-endian fields one after the other into a buffer that grows. */
export interface ByteWriter {
  u8(value: number): void;
  u16(value: number): void;
  u32(value: number): void;
  f64(value: number): void;
  bytes(value: Uint8Array): void;
  /** Zeros up to the next multiple of `size`, so that what follows can be read in place. */
  align(size: number): void;
  /** What was written; the writer is not used afterwards. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** A writer that has room for `capacityBytes` before it has to grow. */
export function createByteWriter(capacityBytes: number): ByteWriter {
  let view = new DataView(new ArrayBuffer(capacityBytes));
  let end = 0;
  const claim = (size: number): number => {
    const at = end;
    end += size;
    if (end > view.byteLength) {
      const grown = new Uint8Array(Math.max(end, 2 * view.byteLength));
      grown.set(new Uint8Array(view.buffer, 0, at));
      view = new DataView(grown.buffer);
    }
    return at;
  };
  return {
    u8: (value) => {
      const at = claim(1);
      view.setUint8(at, value);
    },
    u16: (value) => {
      const at = claim(2);
      view.setUint16(at, value, true);
    },
    u32: (value) => {
      const at = claim(4);
      view.setUint32(at, value, true);
    },
    f64: (value) => {
      const at = claim(8);
      view.setFloat64(at, value, true);
    },
    bytes: (value) => {
      const at = claim(value.length);
      new Uint8Array(view.buffer).set(value, at);
    },
    align: (size) => {
      claim((size - (end % size)) % size);
    },
    finish: () => new Uint8Array(view.buffer, 0, end),
  };
}
