import { cancellationSignal, heartbeat } from "@temporalio/activity";
import { columnsOf, inferMapping, type ImportMapping } from "../domain/import-columns.js";
import { UnreadableFile } from "../domain/errors.js";
import { openCsvFile, type CsvFile } from "./csv-file.js";
import { readRecords, type CsvPosition, type CsvRecord } from "./csv-records.js";
import { withFailures } from "./failures.js";
import { Chunk, ChunkCommits } from "./import-chunks.js";
import type { ImportPlan, ImportProgress, ImportSources, ImportStore, SendNotice } from "./import-ports.js";

/**
 * Rows of one transaction: what a crash may have to read again. Chunks of 1,000 rows cost Postgres a fifth more than of
 * 5,000, chunks of 2,000 rows 8 %, and 35 MB less than of 5,000.
 */
export const importChunkRows = 2_000;

const heartbeatEveryMs = 2_000;

export interface ImportContactsPorts {
  store: ImportStore;
  sources: ImportSources;
}

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
  /** Sends the email that was asked for, if one was; repeated, it is the same email. */
  notifyOfImport(input: ImportInput): Promise<void>;
}

export function createImportContactsActivities(
  { store, sources }: ImportContactsPorts,
  { chunkRows = importChunkRows }: { chunkRows?: number } = {},
): ImportContactsActivities {
  return withFailures({
    importContacts: async ({ importId }: ImportInput) => {
      const plan = await store.loadPlan(importId);
      if (plan.progress.status !== "pending" && plan.progress.status !== "processing") return plan.progress;
      const ended = await readWhole({ store, sources }, plan, chunkRows);
      await sources.remove(importId, plan.fileUrl);
      return ended;
    },
  });
}

export function createImportSteeringActivities(
  store: ImportStore,
  sendNotice: SendNotice,
): ImportSteeringActivities {
  return withFailures({
    async notifyOfImport({ importId }: ImportInput) {
      const notice = await store.loadNotice(importId);
      if (notice) await sendNotice(notice);
    },
    loadImportProgress: ({ importId }: ImportInput) => store.loadProgress(importId),
    cancelImport: ({ importId }: ImportInput) => store.finish(importId, { status: "cancelled" }),
  });
}

async function readWhole(
  { store, sources }: ImportContactsPorts,
  plan: ImportPlan,
  chunkRows: number,
): Promise<ImportProgress> {
  try {
    const readUrl = plan.readUrl ?? (await prepare({ store, sources }, plan));
    return await importFile(store, { ...plan, fileUrl: sources.locate(readUrl) }, chunkRows);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return store.finish(plan.importId, { status: "failed", error: error.message });
  }
}

async function prepare({ store, sources }: ImportContactsPorts, plan: ImportPlan): Promise<string> {
  const { importId, fileUrl, encoding } = plan;
  // Also while a large file is looked through without anything being written.
  const timer = setInterval(() => heartbeat(), heartbeatEveryMs);
  try {
    const signal = cancellationSignal();
    const prepared = await sources.prepare({ importId, fileUrl, encoding, signal });
    await store.recordPrepared(importId, prepared);
    return prepared.readUrl;
  } finally {
    clearInterval(timer);
  }
}

async function importFile(store: ImportStore, plan: ImportPlan, chunkRows: number): Promise<ImportProgress> {
  const file = await openCsvFile(plan.fileUrl);
  try {
    if (plan.progress.totalBytes !== null && plan.progress.totalBytes !== file.size) {
      throw new UnreadableFile("The file was changed while it was imported.");
    }
    const { columns, mapping, rowsBegin, header } = await readColumns(file, plan);
    const { size: totalBytes, delimiter } = file;
    await store.begin(plan.importId, { totalBytes, mapping, header, delimiter });
    const from = plan.resumeAt ?? rowsBegin;
    const ended = await commitRows({ store, plan, file, columns, from, chunkRows });
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
  header: string[] | null;
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
  const header = plan.hasHeader ? first.values : null;
  return { columns: fields, mapping, header, rowsBegin: plan.hasHeader ? first.next : begin };
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
  chunkRows: number;
}

/** Reads a chunk while the one before is written. Returns true when the import was ended by somebody else. */
async function commitRows({ store, plan, file, columns, from, chunkRows }: RowsInput): Promise<boolean> {
  const commits = new ChunkCommits(store, plan.importId);
  try {
    let chunk = new Chunk(plan.nextBatchNo, from);
    for await (const records of readRecords(file, from)) {
      heartbeat(chunk.next);
      for (const record of records) {
        chunk.add(record, columns);
        if (chunk.rows < chunkRows) continue;
        if (await commits.begin(chunk)) return true;
        chunk = new Chunk(chunk.batchNo + 1, chunk.next);
      }
    }
    // Blank lines at the end belong to the last chunk.
    chunk.next = { ...chunk.next, byte: file.size };
    return (await commits.begin(chunk)) || (await commits.settle());
  } finally {
    await commits.idle();
  }
}
