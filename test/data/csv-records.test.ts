import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { openCsvFile } from "../../activities/csv-file.js";
import { UnreadableFile } from "../../domain/errors.js";
import { readRecords, type CsvPosition, type CsvRecord } from "../../activities/csv-records.js";
import { csvFolder } from "./csv-folder.js";

let write: (content: string | Buffer) => Promise<string>;

beforeAll(async () => {
  write = await csvFolder();
});

async function read(path: string, from?: CsvPosition): Promise<CsvRecord[]> {
  const file = await openCsvFile(path);
  try {
    const records: CsvRecord[] = [];
    for await (const some of readRecords(file, from ?? { line: 1, byte: file.start })) records.push(...some);
    return records;
  } finally {
    await file.close();
  }
}

/** Line and values, or line and reason. */
function brief(record: CsvRecord): [number, string[] | string] {
  return [record.line, record.kind === "values" ? record.values : record.reason];
}

describe("readRecords", () => {
  it("reads CRLF, LF and CR in one file, passes over blank lines and counts them", async () => {
    const path = await write('a,b\r\n1,2\n\n\r\n3,4\r5,"x\r\ny"\r\n6,7');
    expect((await read(path)).map(brief)).toEqual([
      [1, ["a", "b"]],
      [2, ["1", "2"]],
      [5, ["3", "4"]],
      [6, ["5", "x\r\ny"]],
      [8, ["6", "7"]],
    ]);
  });

  it("gives up only the line of a quote that is never closed", async () => {
    const path = await write('a,b\n1,"x\n2,3\n4,"5"6\n7,8"9\n9,"open\n10,11\n');
    expect((await read(path)).map(brief)).toEqual([
      [1, ["a", "b"]],
      [2, expect.stringContaining("behind a closing quote")],
      [3, ["2", "3"]],
      [4, expect.stringContaining("behind a closing quote")],
      [5, expect.stringContaining("in the middle of a value")],
      [6, "has a quote that is never closed"],
      [7, ["10", "11"]],
    ]);
  });

  it.each([
    ["quoted, with line breaks inside", `1,"${"z\n".repeat(5_000_000)}"`, 5_000_003],
    ["quoted, with doubled quotes inside", `1,"${'""\r\n'.repeat(2_500_000)}"`, 2_500_003],
    ["unquoted", `1,${"z".repeat(10_000_000)}`, 3],
  ])("passes over a field of 10 MB, %s, and goes on with the next record", async (_, record, nextLine) => {
    const path = await write(`a,b\n${record}\n2,3\n`);
    const records = await read(path);
    expect(records.map(brief)).toEqual([
      [1, ["a", "b"]],
      [2, "is longer than 64 kB"],
      [nextLine, ["2", "3"]],
    ]);
    expect(records[1]?.bytes.length).toBeLessThanOrEqual(4_096);
  });

  it("does not let an open quote swallow more than its line, however much follows", async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => `${n},value`);
    const path = await write(["a,b", '1,"open', ...rows].join("\n"));
    const records = await read(path);
    expect(records).toHaveLength(rows.length + 2);
    expect(records.filter((record) => record.kind === "malformed").map((record) => record.line)).toEqual([2]);
  });

  it("refuses a row whose bytes are not UTF-8, and only that", async () => {
    const path = await write(
      Buffer.concat([Buffer.from("a,b\nJos"), Buffer.from([0xe9]), Buffer.from(",1\nZoë,2\n")]),
    );
    expect((await read(path)).map(brief)).toEqual([
      [1, ["a", "b"]],
      [2, expect.stringContaining("is not UTF-8")],
      [3, ["Zoë", "2"]],
    ]);
  });

  it("reads behind a byte order mark, and by the delimiter of the first line", async () => {
    expect((await read(await write('\ufeffa;"b,c,d";e\n1;2;3\n'))).map(brief)).toEqual([
      [1, ["a", "b,c,d", "e"]],
      [2, ["1", "2", "3"]],
    ]);
  });

  it("continues from any record's end exactly as if it had not stopped", async () => {
    const value = fc.oneof(
      fc.constantFrom("", "x", "Zoë", 'say "hi"', "a,b", "two\nlines", "crlf\r\nend", " "),
      fc.string({ unit: "grapheme", maxLength: 30 }),
    );
    const record = fc.oneof(
      { weight: 20, arbitrary: fc.array(value, { minLength: 2, maxLength: 4 }).map(toCsv) },
      {
        weight: 2,
        arbitrary: fc.constantFrom("", '1,"open', '1,"a"b', 'x"y,2', `1,"${"long\n".repeat(30_000)}"`),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 60 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.nat(),
        async (records, lineBreak, pick) => {
          const path = await write(`a,b${lineBreak}${records.join(lineBreak)}${lineBreak}`);
          const all = await read(path);
          const stop = all[pick % all.length] as CsvRecord;
          const rest = await read(path, stop.next);
          expect(rest.map(brief)).toEqual(all.slice(all.indexOf(stop) + 1).map(brief));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("openCsvFile", () => {
  it.each([
    ["an empty file", Buffer.from(""), "The file is empty."],
    ["blank lines only", Buffer.from("\ufeff\r\n\n"), "The file is empty."],
    ["a spreadsheet", Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1]), "spreadsheet"],
  ])("refuses %s with a sentence", async (_, content, sentence) => {
    const path = await write(content);
    await expect(openCsvFile(path)).rejects.toThrow(UnreadableFile);
    await expect(openCsvFile(path)).rejects.toThrow(sentence);
  });

  it("names a file that is missing or none", async () => {
    await expect(openCsvFile("file:///nowhere/contacts.csv")).rejects.toThrow(
      "There is no file /nowhere/contacts.csv",
    );
    await expect(openCsvFile("/")).rejects.toThrow("/ is a folder, not a file.");
    await expect(openCsvFile("/dev/null")).rejects.toThrow("/dev/null is not a plain file.");
  });
});

function toCsv(values: string[]): string {
  return values.map((value) => `"${value.replaceAll('"', '""')}"`).join(",");
}
