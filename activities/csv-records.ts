import { isUtf8 } from "node:buffer";
import { Parser, type CsvError } from "csv-parse";
import type { CsvFile } from "./csv-file.js";
import { skipBlankLines, skipLine, skipRecord } from "./csv-skip.js";

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

/**
 * Hands each record over as it is split, with the byte behind it. Twice as fast as csv-parse's `on_record`, which makes an
 * object of everything it knows for each record; and nothing waits in the stream, which knows no positions.
 */
class Splitter extends Parser {
  private readonly onRecord: (values: string[], end: number) => void;

  constructor(delimiter: string, onRecord: (values: string[], end: number) => void) {
    super({
      delimiter,
      // Named, because the parser would settle for the first kind it meets.
      record_delimiter: ["\r\n", "\n", "\r"],
      max_record_size: maxRecordBytes,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    this.onRecord = onRecord;
  }

  override push(values: string[] | null): boolean {
    if (values === null) return super.push(null);
    this.onRecord(values, this.info.bytes);
    return true;
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
    this.parser = new Splitter(file.delimiter, (values, end) =>
      this.found.push({ values, end: this.origin + end }),
    );
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
    const block = this.open;
    const blockStart = this.at.byte;
    const readable = isUtf8(block.subarray(0, last.end - blockStart));
    const records = this.found.map(({ values, end }) => {
      const begin = endOfBlank(block, this.at.byte - blockStart);
      const line = this.at.line + countLines(block, this.at.byte - blockStart, begin);
      this.at = { byte: end, line: line + countLines(block, begin, end - blockStart) };
      return toRecord({
        values,
        line,
        next: this.at,
        bytes: block.subarray(begin, end - blockStart),
        readable,
      });
    });
    this.open = block.subarray(last.end - blockStart);
    this.found = [];
    return records;
  }
}

interface SplitRecord {
  values: string[];
  line: number;
  next: CsvPosition;
  bytes: Buffer;
  /** The whole block is UTF-8: this record need not be looked at again. */
  readable: boolean;
}

function toRecord({ values, line, next, bytes, readable }: SplitRecord): CsvRecord {
  if (readable || isUtf8(bytes)) return { kind: "values", values, line, next, bytes };
  return { kind: "malformed", reason: "is not UTF-8; save the file as CSV in UTF-8", line, next, bytes };
}

/** The record at `at`, which the parser gave up, and where the next one begins. */
async function passOver(file: CsvFile, at: CsvPosition, error: CsvError): Promise<CsvRecord> {
  const begin = await skipBlankLines(file, at);
  const tooLong = error.code === "CSV_MAX_RECORD_SIZE";
  // A quote that is never closed swallows the lines behind it: only its own line is given up.
  const next = (tooLong ? await skipRecord(file, begin) : null) ?? (await skipLine(file, begin));
  const bytes = (await file.read(begin.byte)).subarray(0, Math.min(next.byte - begin.byte, 4_096));
  return { kind: "malformed", line: begin.line, next, bytes, reason: reasonOf(error) };
}

const reasons: Partial<Record<CsvError["code"], string>> = {
  CSV_MAX_RECORD_SIZE: `is longer than ${maxRecordBytes / 1024} kB`,
  CSV_QUOTE_NOT_CLOSED: "has a quote that is never closed",
  INVALID_OPENING_QUOTE:
    "has a quote in the middle of a value; a value with quotes is quoted as a whole and doubles them",
  CSV_INVALID_CLOSING_QUOTE: "has text behind a closing quote; a quote inside of a quoted value is doubled",
};

function reasonOf(error: CsvError): string {
  return reasons[error.code] ?? `cannot be read as CSV (${error.code})`;
}

function write(parser: Parser, block: Buffer): Promise<CsvError | null> {
  return new Promise((resolve) =>
    parser.write(block, (error) => resolve((error as CsvError | null | undefined) ?? null)),
  );
}

function end(parser: Parser): Promise<CsvError | null> {
  return new Promise((resolve) => {
    parser.once("error", (error) => resolve(error as CsvError));
    parser.once("end", () => resolve(null));
    parser.end();
  });
}

/** Behind the blank lines that the parser passed over. */
function endOfBlank(block: Buffer, from: number): number {
  let at = from;
  while (block[at] === 0x0a || block[at] === 0x0d) at += 1;
  return at;
}

/** Line breaks in whole records: LF, CRLF and CR count one each. */
function countLines(block: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at += 1) {
    const byte = block[at] as number;
    if (byte <= 0x0d && (byte === 0x0a || (byte === 0x0d && block[at + 1] !== 0x0a))) lines += 1;
  }
  return lines;
}
