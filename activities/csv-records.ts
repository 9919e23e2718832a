import { isUtf8 } from "node:buffer";
import { parse, type CsvError, type Parser } from "csv-parse";
import type { CsvFile } from "./csv-file.js";
import { skipLine, skipRecord } from "./csv-skip.js";

/** Longest record in bytes; a longer one is refused unseen, so memory does not depend on the file. */
export const maxRecordBytes = 64 * 1024;

export interface CsvPosition {
  line: number;
  byte: number;
}

/** One record of the file: its values, or what keeps it from being read. */
export type CsvRecord = {
  /** Line on which it begins. */
  line: number;
  /** Where the next record begins, blank lines included. */
  next: CsvPosition;
  /** As it stands in the file, line break included; of a record that is too long only the beginning. */
  bytes: Buffer;
} & ({ kind: "values"; values: string[] } | { kind: "malformed"; reason: string });

/**
 * Reads records from a position at which one begins, some of them at a time. csv-parse splits; after a record that it
 * cannot read a new parser begins behind it, so that one bad quote costs one line and not the rest of the file.
 * Line breaks may be LF, CRLF or CR, mixed.
 */
export async function* readRecords(file: CsvFile, from: CsvPosition): AsyncGenerator<CsvRecord[]> {
  let at = from;
  while (at.byte < file.size) {
    const run = new ParserRun(file, at);
    for (let records = await run.next(); records !== null; records = await run.next()) {
      if (records.length > 0) yield records;
    }
    at = run.at;
    if (!run.error) return;
    const malformed = await passOver(file, at, run.error);
    yield [malformed];
    at = malformed.next;
  }
}

/** What one parser reads, until the end of the file or the first record that it cannot read. */
class ParserRun {
  /** Where the record behind the last complete one begins. */
  at: CsvPosition;
  error: CsvError | null = null;
  private readonly file: CsvFile;
  private readonly parser: Parser;
  private readonly origin: number;
  private found: { values: string[]; end: number }[] = [];
  /** Bytes from `at` on: given to the parser, not yet a record. */
  private open: Buffer = Buffer.alloc(0);
  private ended = false;

  constructor(file: CsvFile, at: CsvPosition) {
    this.file = file;
    this.at = at;
    this.origin = at.byte;
    this.parser = parse({
      delimiter: file.delimiter,
      // Named, because the parser would settle for the first kind it meets.
      record_delimiter: ["\r\n", "\n", "\r"],
      max_record_size: maxRecordBytes,
      relax_column_count: true,
      skip_empty_lines: true,
      // Taken here, with its end, instead of from the stream, which knows no positions.
      on_record: (values: string[], { bytes_records }) => {
        this.found.push({ values, end: this.origin + bytes_records });
        return null;
      },
    });
    this.parser.on("error", () => undefined);
    this.parser.resume();
  }

  /** The records that the next block completes; null when this run is over. */
  async next(): Promise<CsvRecord[] | null> {
    if (this.ended || this.error) return null;
    const block = await this.file.read(this.at.byte + this.open.length);
    this.ended = block.length === 0;
    this.error = this.ended ? await end(this.parser) : await write(this.parser, block);
    this.open = this.open.length === 0 ? block : Buffer.concat([this.open, block]);
    return this.takeFound();
  }

  private takeFound(): CsvRecord[] {
    const last = this.found.at(-1);
    if (!last) return [];
    const readable = isUtf8(this.open.subarray(0, last.end - this.at.byte));
    const records = this.found.map(({ values, end }) => this.takeRecord(values, end, readable));
    this.found = [];
    return records;
  }

  private takeRecord(values: string[], end: number, readable: boolean): CsvRecord {
    const length = end - this.at.byte;
    const bytes = this.open.subarray(0, length);
    this.open = this.open.subarray(length);
    const blank = blankBytes(bytes);
    const line = this.at.line + countLines(bytes.subarray(0, blank));
    this.at = { byte: end, line: line + countLines(bytes.subarray(blank)) };
    const record = { line, next: this.at, bytes: bytes.subarray(blank) };
    if (readable || isUtf8(bytes)) return { ...record, kind: "values", values };
    return { ...record, kind: "malformed", reason: "is not UTF-8; save the file as CSV in UTF-8" };
  }
}

/** The record at `at`, which the parser gave up, and where the next one begins. */
async function passOver(file: CsvFile, at: CsvPosition, error: CsvError): Promise<CsvRecord> {
  const head = await readAtLeast(file, at.byte, maxRecordBytes);
  const blank = blankBytes(head);
  const line = at.line + countLines(head.subarray(0, blank));
  const begin = { byte: at.byte + blank, line };
  const tooLong = error.code === "CSV_MAX_RECORD_SIZE";
  // A quote that is never closed swallows the lines behind it: only its own line is given up.
  const next = (tooLong ? await skipRecord(file, begin) : null) ?? (await skipLine(file, begin));
  const bytes = head.subarray(blank, blank + Math.min(next.byte - begin.byte, 4_096));
  return { kind: "malformed", line, next, bytes, reason: reasonOf(error) };
}

function reasonOf(error: CsvError): string {
  switch (error.code) {
    case "CSV_MAX_RECORD_SIZE":
      return `is longer than ${maxRecordBytes / 1024} kB`;
    case "CSV_QUOTE_NOT_CLOSED":
      return "has a quote that is never closed";
    case "INVALID_OPENING_QUOTE":
      return "has a quote in the middle of a value; a value with quotes is quoted as a whole and doubles them";
    case "CSV_INVALID_CLOSING_QUOTE":
      return "has text behind a closing quote; a quote inside of a quoted value is doubled";
    default:
      return `cannot be read as CSV (${error.code})`;
  }
}

async function readAtLeast(file: CsvFile, from: number, length: number): Promise<Buffer> {
  const first = await file.read(from);
  if (first.length >= length || from + first.length >= file.size) return first;
  return Buffer.concat([first, await file.read(from + first.length)]);
}

function write(parser: Parser, block: Buffer): Promise<CsvError | null> {
  return new Promise((resolve) => parser.write(block, (error) => resolve((error as CsvError | null | undefined) ?? null)));
}

function end(parser: Parser): Promise<CsvError | null> {
  return new Promise((resolve) => {
    parser.once("error", (error) => resolve(error as CsvError));
    parser.once("end", () => resolve(null));
    parser.end();
  });
}

/** Line breaks before the record: blank lines that the parser passed over. */
function blankBytes(bytes: Buffer): number {
  let blank = 0;
  while (bytes[blank] === 0x0a || bytes[blank] === 0x0d) blank += 1;
  return blank;
}

/** Line breaks in whole records: LF, CRLF and CR count one each. */
function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x0a || (byte === 0x0d && bytes[at + 1] !== 0x0a)) lines += 1;
  }
  return lines;
}
