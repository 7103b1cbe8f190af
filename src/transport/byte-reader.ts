import { MalformedFrame } from "./malformed-frame.ts";

/** Reads little-endian fields one after the other; throws MalformedFrame where the bytes end too early. */
export interface ByteReader {
  u8(): number;
  u16(): number;
  u32(): number;
  f64(): number;
  /** A view of the next `count` bytes, which are there. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
  /** Skips the zeros up to the next multiple of `size`; anything but zeros is malformed. */
  align(size: number): void;
  /** Throws MalformedFrame unless everything was read. */
  end(): void;
}

export function createByteReader(source: Uint8Array<ArrayBuffer>): ByteReader {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let position = 0;
  const take = (count: number): number => {
    const at = position;
    if (count > source.length - at)
      throw new MalformedFrame(`${count} bytes wanted at ${at}, the frame has ${source.length}`);
    position += count;
    return at;
  };
  return {
    u8: () => view.getUint8(take(1)),
    u16: () => view.getUint16(take(2), true),
    u32: () => view.getUint32(take(4), true),
    f64: () => view.getFloat64(take(8), true),
    bytes: (count) => {
      const at = take(count);
      return source.subarray(at, at + count);
    },
    align: (size) => {
      const at = take((size - (position % size)) % size);
      if (source.subarray(at, position).some((byte) => byte !== 0))
        throw new MalformedFrame(`padding at ${at} is not zero`);
    },
    end: () => {
      if (position !== source.length)
        throw new MalformedFrame(`${source.length - position} bytes behind the end of the frame`);
    },
  };
}
