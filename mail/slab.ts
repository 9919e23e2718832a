/** Octets of one slab: large enough that many messages share its allocation. */
const slabBytes = 1024 * 1024;

/**
 * Buffers for messages, cut from large ones: an allocation for each message of 12 kB costs as much as filling it. A slab is
 * freed when none of its messages is held any more.
 */
export class Slab {
  private slab = Buffer.alloc(0);
  private used = 0;

  /** A buffer with these US-ASCII characters. */
  write(text: string): Buffer {
    const { length } = text;
    if (length > slabBytes / 8) return Buffer.from(text, "latin1");
    if (this.used + length > this.slab.length) {
      this.slab = Buffer.allocUnsafeSlow(slabBytes);
      this.used = 0;
    }
    const begin = this.used;
    this.used += this.slab.write(text, begin, length, "latin1");
    return this.slab.subarray(begin, this.used);
  }
}
