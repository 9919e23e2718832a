/**
 * Bits packed in bytes, the highest bit first (as Redis numbers them), from the first touched byte on: what a journal
 * command carries. Some hundred marks of a batch are some dozen bytes.
 */
export interface PackedBits {
  /** Bytes before the first. */
  offset: number;
  bytes: Buffer;
}

/** @param bits whole numbers from 0, at least one. */
export function packBits(bits: Iterable<number>): PackedBits {
  let lowest = Infinity;
  let highest = -Infinity;
  const all = [...bits];
  for (const bit of all) {
    lowest = Math.min(lowest, bit >> 3);
    highest = Math.max(highest, bit >> 3);
  }
  if (all.length === 0) return { offset: 0, bytes: Buffer.alloc(0) };
  const bytes = Buffer.alloc(highest - lowest + 1);
  for (const bit of all) {
    const index = (bit >> 3) - lowest;
    bytes[index] = (bytes[index] ?? 0) | (0x80 >> (bit & 7));
  }
  return { offset: lowest, bytes };
}

/** The numbers of the bits that are set. */
export function unpackBits(bytes: Buffer): Set<number> {
  const bits = new Set<number>();
  bytes.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) bits.add(index * 8 + bit);
  });
  return bits;
}
