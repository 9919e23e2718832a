import type { CsvFile } from "./csv-file.js";
import type { CsvPosition } from "./csv-records.js";

const quote = 0x22;
const lf = 0x0a;
const cr = 0x0d;

/** The first byte that is no line break. */
export async function skipBlankLines(file: CsvFile, from: CsvPosition): Promise<CsvPosition> {
  return walk(file, from, (byte) => (isBreak(byte) ? "on" : "before"));
}

/** The beginning of the next line, whatever quotes say. */
export async function skipLine(file: CsvFile, from: CsvPosition): Promise<CsvPosition> {
  return walk(file, from, (byte) => (isBreak(byte) ? "behind" : "on"));
}

/**
 * The beginning of the next record, by the quotes of RFC 4180: without keeping what is passed over, however long it is.
 * Null when the quotes do not hold: a closing one followed by text, or none at all before the file ends.
 */
export async function skipRecord(file: CsvFile, from: CsvPosition): Promise<CsvPosition | null> {
  const delimiter = file.delimiter.charCodeAt(0);
  let state = "start" as "start" | "unquoted" | "quoted" | "closed" | "broken";
  const step = (byte: number): Step => {
    if (state === "quoted") {
      if (byte === quote) state = "closed";
      return "on";
    }
    if (isBreak(byte)) return "behind";
    if (byte === delimiter) state = "start";
    // A quote behind a closing one was doubled: still inside.
    else if (state === "closed") state = byte === quote ? "quoted" : "broken";
    else state = state === "start" && byte === quote ? "quoted" : "unquoted";
    return state === "broken" ? "before" : "on";
  };
  const next = await walk(file, from, step);
  return state === "broken" || state === "quoted" ? null : next;
}

/** What to do at a byte: go on, or stop before it or behind it. */
type Step = "on" | "before" | "behind";

/** Goes through the file byte by byte, counting lines; CRLF is one line break, shown as its CR. */
async function walk(file: CsvFile, from: CsvPosition, step: (byte: number) => Step): Promise<CsvPosition> {
  let { byte: position, line } = from;
  for (let block = await file.read(position); block.length > 0; block = await file.read(position)) {
    const blockStart = position;
    for (let index = 0; index < block.length; index = position - blockStart) {
      const byte = block[index] as number;
      const next = step(byte);
      if (next === "before") return { byte: position, line };
      position += 1;
      if (byte === cr && (block[index + 1] ?? (await file.read(position))[0]) === lf) position += 1;
      if (isBreak(byte)) line += 1;
      if (next === "behind") return { byte: position, line };
    }
  }
  return { byte: position, line };
}

function isBreak(byte: number): boolean {
  return byte === lf || byte === cr;
}
