import { activityInfo, cancellationSignal, heartbeat } from "@temporalio/activity";
import { mergeContacts, type ContactRow } from "../domain/contact.js";
import { columnsOf, inferMapping, type ImportMapping } from "../domain/import-columns.js";
import { parseImportRow } from "../domain/import-row.js";
import { openCsvFile, UnreadableFile, type CsvFile } from "./csv-file.js";
import { readRecords, type CsvPosition, type CsvRecord } from "./csv-records.js";
import { withFailures } from "./failures.js";
import type { ImportPlan, ImportProgress, ImportRefusal, ImportStore } from "./import-ports.js";

/** Rows of one transaction: what a crash may have to read again. */
export const importChunkRows = 1_000;
const maxRawLength = 1_000;

export interface ImportInput {
  importId: string;
}

/** What workers of the `io` queue run. */
export interface ImportContactsActivities {
  /**
   * Reads the file from where the last committed chunk ended and commits chunk after chunk, until the end of the file or
   * until the import is cancelled. May be ended and repeated at any moment. A file that cannot be read is an import that
   * `failed` with a sentence, not an error.
   */
  importContacts(input: ImportInput): Promise<ImportProgress>;
}

/** Short activities of the same flow: they run beside the workflows, where no long import holds the slots. */
export interface ImportSteeringActivities {
  loadImportProgress(input: ImportInput): Promise<ImportProgress>;
  /** From here on no chunk is committed any more. */
  cancelImport(input: ImportInput): Promise<ImportProgress>;
}

export function createImportContactsActivities(store: ImportStore): ImportContactsActivities {
  return withFailures({
    importContacts: async ({ importId }: ImportInput) => {
      const plan = await store.loadPlan(importId);
      if (plan.progress.status !== "pending" && plan.progress.status !== "processing") return plan.progress;
      try {
        return await importFile(store, plan);
      } catch (error) {
        if (!(error instanceof UnreadableFile)) throw error;
        return store.finish(importId, { status: "failed", error: error.message });
      }
    },
  });
}

export function createImportSteeringActivities(store: ImportStore): ImportSteeringActivities {
  return withFailures({
    loadImportProgress: ({ importId }: ImportInput) => store.loadProgress(importId),
    cancelImport: ({ importId }: ImportInput) => store.finish(importId, { status: "cancelled" }),
  });
}

async function importFile(store: ImportStore, plan: ImportPlan): Promise<ImportProgress> {
  const file = await openCsvFile(plan.fileUrl);
  try {
    if (plan.progress.totalBytes !== null && plan.progress.totalBytes !== file.size) {
      throw new UnreadableFile("The file was changed while it was imported.");
    }
    const { columns, mapping, rowsBegin } = await readColumns(file, plan);
    await store.begin(plan.importId, { totalBytes: file.size, mapping });
    const ended = await commitRows({ store, plan, file, columns, from: plan.resumeAt ?? rowsBegin });
    return ended
      ? await store.loadProgress(plan.importId)
      : await store.finish(plan.importId, { status: "completed" });
  } finally {
    await file.close();
  }
}

interface Columns {
  columns: (string | null)[];
  mapping: ImportMapping;
  rowsBegin: CsvPosition;
}

/** The first record says how many columns there are and, as a header, where rows begin and what they hold. */
async function readColumns(file: CsvFile, plan: ImportPlan): Promise<Columns> {
  const begin = { line: 1, byte: file.start };
  const first = await firstRecord(file, begin);
  if (first.kind === "malformed")
    throw new UnreadableFile(`The first row (line ${first.line}) ${first.reason}.`);
  const given = Object.keys(plan.mapping).length > 0;
  if (!given && !plan.hasHeader)
    throw new UnreadableFile("A file without a header needs a mapping of its columns.");
  const mapping = given ? plan.mapping : inferMapping(first.values);
  if (!Object.values(mapping).includes("email")) {
    throw new UnreadableFile("No column of the header is named email; give a mapping of the columns.");
  }
  const { fields, beyond } = columnsOf(mapping, first.values.length);
  if (beyond.length > 0) {
    throw new UnreadableFile(
      `The mapping names ${beyond.join(", ")}, but the file has ${first.values.length} columns.`,
    );
  }
  return { columns: fields, mapping, rowsBegin: plan.hasHeader ? first.next : begin };
}

async function firstRecord(file: CsvFile, begin: CsvPosition): Promise<CsvRecord> {
  for await (const [first] of readRecords(file, begin)) {
    if (first) return first;
  }
  throw new UnreadableFile("The file is empty.");
}

interface RowsInput {
  store: ImportStore;
  plan: ImportPlan;
  file: CsvFile;
  columns: (string | null)[];
  from: CsvPosition;
}

/** Returns true when the import was ended by somebody else. */
async function commitRows({ store, plan, file, columns, from }: RowsInput): Promise<boolean> {
  let chunk = new Chunk(plan.nextBatchNo, from);
  const commit = async (): Promise<boolean> => {
    // A worker that shuts down, or a cancel of the activity: what is committed stays, another attempt goes on behind it.
    cancellationSignal().throwIfAborted();
    const result = await store.commitChunk(plan.importId, chunk.close());
    if (result === "overtaken") {
      throw new Error(`Another attempt than ${activityInfo().attempt} has committed batch ${chunk.batchNo}.`);
    }
    heartbeat(chunk.next);
    chunk = new Chunk(chunk.batchNo + 1, chunk.next);
    return result === "ended";
  };
  for await (const records of readRecords(file, from)) {
    heartbeat(chunk.next);
    for (const record of records) {
      chunk.add(record, columns);
      if (chunk.rows === importChunkRows && (await commit())) return true;
    }
  }
  // Blank lines at the end belong to the last chunk.
  chunk.next = { ...chunk.next, byte: file.size };
  return commit();
}

class Chunk {
  readonly batchNo: number;
  /** Behind its last row. */
  next: CsvPosition;
  rows = 0;
  private readonly contacts: ContactRow[] = [];
  private readonly refusals: ImportRefusal[] = [];

  constructor(batchNo: number, from: CsvPosition) {
    this.batchNo = batchNo;
    this.next = from;
  }

  add(record: CsvRecord, columns: (string | null)[]): void {
    this.rows += 1;
    this.next = record.next;
    if (record.kind === "malformed") return this.refuse(record, null, record.reason);
    const row = parseImportRow(record.values, columns);
    if (row.kind === "contact") this.contacts.push(row.contact);
    else this.refuse(record, row.field, row.reason);
  }

  close(): Parameters<ImportStore["commitChunk"]>[1] {
    const { batchNo, next, contacts, refusals } = this;
    return { batchNo, next, rowsImported: contacts.length, contacts: mergeContacts(contacts), refusals };
  }

  private refuse(record: CsvRecord, field: string | null, reason: string): void {
    this.refusals.push({ line: record.line, field, reason, raw: rawText(record) });
  }
}

/** The row for a person to look at: without its line break, cut, with � for NUL, which Postgres cannot hold. */
function rawText({ bytes }: CsvRecord): string {
  // Four bytes a character at most.
  const text = bytes
    .subarray(0, maxRawLength * 4)
    .toString("utf8")
    .replaceAll("\u0000", "\ufffd");
  return [...text.replace(/[\r\n]+$/, "")].slice(0, maxRawLength).join("");
}
