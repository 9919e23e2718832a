/** The numbers of the bits that are set in a bitmap of Redis, which counts from the highest bit of each byte. */
export function unpackBits(bytes: Buffer): Set<number> {
  const bits = new Set<number>();
  bytes.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) bits.add(index * 8 + bit);
  });
  return bits;
}
