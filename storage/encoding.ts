import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { PassThrough, pipeline, type Readable } from "node:stream";
import chardet from "chardet";
import iconv from "iconv-lite";

/** Bytes of text beyond ASCII that are looked at: enough for a detector's statistics. */
const sampleBytes = 64 * 1024;
const lineFeed = 0x0a;

export function isKnownEncoding(name: string): boolean {
  return iconv.encodingExists(name);
}

/** As UTF-8; a byte order mark of UTF-16 is taken off. What a decoder cannot read becomes �. */
export function toUtf8(content: Readable, encoding: string): Readable {
  const converted = new PassThrough();
  // Whoever reads the last stream learns of an error in any of them.
  pipeline(content, iconv.decodeStream(encoding), iconv.encodeStream("utf8"), converted, () => undefined);
  return converted;
}

/**
 * What a text file is written in. By its byte order mark; else UTF-8 if most of its lines beyond ASCII are that; else what
 * a detector takes those lines for. A few broken lines in UTF-8 leave it UTF-8.
 */
export async function detectEncoding(path: string): Promise<string> {
  const lines = new LineCensus();
  let first = true;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = chunk as Buffer;
    if (first) {
      const marked = byteOrderMark(bytes);
      if (marked !== null) return marked;
      first = false;
    }
    lines.add(bytes);
  }
  return lines.verdict();
}

function byteOrderMark(head: Buffer): string | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return "UTF-8";
  if (head[0] === 0xff && head[1] === 0xfe) return "UTF-16LE";
  if (head[0] === 0xfe && head[1] === 0xff) return "UTF-16BE";
  return null;
}

class LineCensus {
  private utf8Lines = 0;
  private otherLines = 0;
  private wide: "UTF-16LE" | "UTF-16BE" | null = null;
  private sampled = 0;
  private readonly sample: Buffer[] = [];
  private rest: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    const text = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const end = text.lastIndexOf(lineFeed) + 1;
    if (end > 0) this.count(text.subarray(0, end));
    // Of a line without an end the beginning says enough.
    this.rest = text.subarray(end).subarray(0, 4 * sampleBytes);
  }

  verdict(): string {
    this.count(this.rest);
    if (this.wide !== null) return this.wide;
    if (this.utf8Lines >= this.otherLines) return "UTF-8";
    const found = chardet.detect(Buffer.concat(this.sample)) ?? "windows-1252";
    // Its superset, which real files are in: curly quotes and the euro sign are not in ISO-8859-1.
    if (found === "ISO-8859-1" || found === "ASCII" || found === "UTF-8") return "windows-1252";
    return isKnownEncoding(found) ? found : "windows-1252";
  }

  private count(block: Buffer): void {
    if (block.length === 0) return;
    this.wide ??= widthOf(block.subarray(0, sampleBytes));
    // Most blocks are UTF-8 as a whole, and not looked into.
    if (isUtf8(block)) {
      if (block.some((byte) => byte > 0x7f)) this.utf8Lines += 1;
      return;
    }
    for (let from = 0; from < block.length;) {
      const found = block.indexOf(lineFeed, from);
      const to = found < 0 ? block.length : found + 1;
      this.countLine(block.subarray(from, to));
      from = to;
    }
  }

  private countLine(line: Buffer): void {
    if (!line.some((byte) => byte > 0x7f)) return;
    if (isUtf8(line)) {
      this.utf8Lines += 1;
      return;
    }
    this.otherLines += 1;
    for (const word of wordsBeyondAscii(line)) {
      if (this.sampled > sampleBytes) return;
      this.sample.push(word, blank);
      this.sampled += word.length;
    }
  }
}

const blank = Buffer.from(" ");

/** Addresses and digits would make every language look like English. No encoding has its trail bytes below 0x40. */
function wordsBeyondAscii(line: Buffer): Buffer[] {
  const words: Buffer[] = [];
  for (let from = 0; from < line.length;) {
    let to = from;
    while (to < line.length && (line[to] ?? 0) >= 0x40) to += 1;
    const word = line.subarray(from, to);
    if (word.some((byte) => byte > 0x7f)) words.push(word);
    from = to + 1;
  }
  return words;
}

/** UTF-16 without a mark: every second byte is zero, mostly. A stray zero is a broken row and no encoding. */
function widthOf(head: Buffer): "UTF-16LE" | "UTF-16BE" | null {
  if (!head.includes(0)) return null;
  const zerosAt = (odd: number): number =>
    head.filter((byte, index) => byte === 0 && index % 2 === odd).length;
  if (zerosAt(1) > head.length / 4) return "UTF-16LE";
  return zerosAt(0) > head.length / 4 ? "UTF-16BE" : null;
}
