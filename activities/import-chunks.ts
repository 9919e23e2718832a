import { activityInfo, cancellationSignal, heartbeat } from "@temporalio/activity";
import { mergeContacts, type ContactRow } from "../domain/contact.js";
import { parseImportRow } from "../domain/import-row.js";
import type { CsvPosition, CsvRecord } from "./csv-records.js";
import type { ImportChunk, ImportRefusal, ImportStore } from "./import-ports.js";

/** Of a refused row that is kept, in characters. */
const maxRawLength = 16_000;

/** Rows that are committed together: what became of each, and where the next chunk begins. */
export class Chunk {
  readonly batchNo: number;
  /** Behind its last row. */
  next: CsvPosition;
  rows = 0;
  private contacts: ContactRow[] = [];
  private readonly refusals: ImportRefusal[] = [];

  constructor(batchNo: number, from: CsvPosition) {
    this.batchNo = batchNo;
    this.next = from;
  }

  /** @param columns the field of each column, null when it is not imported. */
  add(record: CsvRecord, columns: readonly (string | null)[]): void {
    this.rows += 1;
    this.next = record.next;
    if (record.kind === "malformed") return this.refuse(record, null, record.reason);
    const row = parseImportRow(record.values, columns);
    if (row.kind === "contact") this.contacts.push(row.contact);
    else this.refuse(record, row.field, row.reason);
  }

  close(): Omit<ImportChunk, "predecessor"> {
    const { batchNo, next, refusals } = this;
    const rowsImported = this.contacts.length;
    let merged = mergeContacts(this.contacts);
    this.contacts = [];
    const takeContacts = (): ContactRow[] => {
      const taken = merged;
      merged = [];
      return taken;
    };
    return { batchNo, next, rowsImported, takeContacts, refusals };
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

/**
 * Commits chunks in order: one is written, the next travels to the database, a third is filled by the caller. So there are
 * three chunks in memory, whatever the file's size.
 */
export class ChunkCommits {
  private readonly store: ImportStore;
  private readonly importId: string;
  private writing: Promise<ChunkEnd> = Promise.resolve("committed");
  private travelling: Promise<ChunkEnd> = Promise.resolve("committed");

  constructor(store: ImportStore, importId: string) {
    this.store = store;
    this.importId = importId;
  }

  /**
   * Sends a chunk on its way as soon as the one before the last is committed. Returns true when the import was ended by
   * somebody else.
   * @throws what kept an earlier chunk from being committed
   */
  async begin(chunk: Chunk): Promise<boolean> {
    const predecessor = this.travelling;
    const closed = { ...chunk.close(), predecessor };
    if ((await this.writing) === "ended") return true;
    // A worker that shuts down, or a cancel of the activity: what is committed stays, another attempt goes on behind it.
    cancellationSignal().throwIfAborted();
    this.writing = predecessor;
    this.travelling = this.commit(closed);
    // Awaited later; until then a failure must not count as unhandled.
    this.travelling.catch(() => undefined);
    return false;
  }

  /** Waits for all chunks. Returns and throws as `begin` does. */
  async settle(): Promise<boolean> {
    return (await this.travelling) === "ended";
  }

  /** Resolves when nothing is on its way any more, whatever came of it. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.writing, this.travelling]);
  }

  private async commit(chunk: ImportChunk): Promise<ChunkEnd> {
    const result = await this.store.commitChunk(this.importId, chunk);
    if (result === "overtaken") {
      throw new Error(`Another attempt than ${activityInfo().attempt} has committed batch ${chunk.batchNo}.`);
    }
    heartbeat(chunk.next);
    return result;
  }
}

type ChunkEnd = "committed" | "ended";
