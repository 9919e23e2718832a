import type { CsvFile } from "./csv-file.js";
import type { CsvPosition } from "./csv-records.js";

const quote = 0x22;
const lf = 0x0a;
const cr = 0x0d;

/** The beginning of the next line, whatever quotes say. */
export async function skipLine(file: CsvFile, from: CsvPosition): Promise<CsvPosition> {
  const walk = new Walk(file, from);
  for (let byte = await walk.take(); byte !== null; byte = await walk.take()) {
    if (byte === lf || byte === cr) return walk.endLine(byte);
  }
  return walk.position();
}

/**
 * The beginning of the next record, by the quotes of RFC 4180: without keeping what is passed over, however long it is.
 * Null when the quotes do not hold: a closing one followed by text, or none at all before the file ends.
 */
export async function skipRecord(file: CsvFile, from: CsvPosition): Promise<CsvPosition | null> {
  const walk = new Walk(file, from);
  const delimiter = file.delimiter.charCodeAt(0);
  let state: "field" | "unquoted" | "quoted" | "closed" = "field";
  for (let byte = await walk.take(); byte !== null; byte = await walk.take()) {
    if (state === "quoted") {
      if (byte === quote) state = "closed";
      else if (byte === lf || byte === cr) await walk.endLine(byte);
    } else if (byte === lf || byte === cr) {
      return walk.endLine(byte);
    } else if (byte === delimiter) {
      state = "field";
    } else if (state === "closed") {
      // Doubled: still inside.
      if (byte !== quote) return null;
      state = "quoted";
    } else {
      state = state === "field" && byte === quote ? "quoted" : "unquoted";
    }
  }
  return state === "quoted" ? null : walk.position();
}

/** Goes through the file byte by byte and counts its lines. */
class Walk {
  private readonly file: CsvFile;
  private block: Buffer = Buffer.alloc(0);
  private at = 0;
  private blockStart: number;
  private line: number;

  constructor(file: CsvFile, from: CsvPosition) {
    this.file = file;
    this.blockStart = from.byte;
    this.line = from.line;
  }

  /** Takes one byte; null at the end of the file. A promise only where a new block is needed. */
  take(): number | null | Promise<number | null> {
    if (this.at < this.block.length) return this.block[this.at++] as number;
    return this.takeFromNextBlock();
  }

  /** Call after taking a line break: a CR takes its LF along. */
  async endLine(byte: number): Promise<CsvPosition> {
    this.line += 1;
    if (byte === cr && (await this.take()) !== lf) this.at -= 1;
    return this.position();
  }

  position(): CsvPosition {
    return { byte: this.blockStart + this.at, line: this.line };
  }

  private async takeFromNextBlock(): Promise<number | null> {
    this.blockStart += this.block.length;
    this.at = 0;
    this.block = await this.file.read(this.blockStart);
    return this.block.length === 0 ? null : (this.block[this.at++] as number);
  }
}
