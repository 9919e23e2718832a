import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** A step that shares no factor with the counts people ask for: addresses come in no order, as in files of the world. */
const step = 7_368_787;

/** Writes a CSV file of `rows` contacts, 5 columns and about 80 bytes each, every address once, all of them good. */
export async function writeImportFile(path: string, rows: number): Promise<void> {
  await pipeline(Readable.from(chunks(rows)), createWriteStream(path));
}

function* chunks(rows: number): Generator<string> {
  yield "email,first_name,last_name,city,plan\n";
  const size = 10_000;
  for (let from = 0; from < rows; from += size) {
    yield Array.from({ length: Math.min(size, rows - from) }, (_, n) => row(from + n, rows)).join("");
  }
}

function row(n: number, rows: number): string {
  const person = (n * step) % rows;
  const domain = `mail${n % 50}.example.com`;
  return `person.${person}.${n}@${domain},First${n % 1_000},Last${n % 5_000},"City, ${n % 300}",plan-${n % 4}\n`;
}
