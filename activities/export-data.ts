import { CancelledFailure, cancellationSignal, heartbeat } from "@temporalio/activity";
import { randomUUID } from "node:crypto";
import { pipeline, Transform, type Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { FloeError } from "../domain/errors.js";
import { exportHasEnded } from "../domain/exports.js";
import { createRowCounter, type RowCounter } from "./csv-counter.js";
import type { ExportOwner, ExportPlan, ExportProgress, ExportSources, ExportStore } from "./export-ports.js";
import { withFailures } from "./failures.js";
import type { ObjectStore } from "./object-ports.js";
import type { CleanupLine } from "./recurring-ports.js";

export interface ExportInput {
  exportId: string;
}

/** What workers of the `io` queue run. */
export interface ExportDataActivities {
  /**
   * Writes the whole file, as of one moment. May be ended and repeated at any moment: another attempt begins anew, and the
   * file stands under its name only when it is complete. What cannot be exported `failed` with a sentence, not an error.
   */
  exportData(input: ExportInput): Promise<ExportProgress>;
  /** Removes the files whose time has come. */
  removeExpiredExports(input: { dryRun: boolean }): Promise<CleanupLine>;
}

/** Short activities of the same flow, beside the workflows. */
export interface ExportSteeringActivities {
  loadExportProgress(input: ExportInput): Promise<ExportProgress>;
  /** From here on no attempt completes it. */
  cancelExport(input: ExportInput): Promise<ExportProgress>;
}

export interface ExportPorts {
  store: ExportStore;
  sources: ExportSources;
  objects: ObjectStore;
}

const reportEveryMs = 1_000;
const expiredAtOnce = 100;

export function createExportDataActivities(ports: ExportPorts): ExportDataActivities {
  const { store, objects } = ports;
  return withFailures({
    async exportData({ exportId }: ExportInput) {
      const plan = await store.loadPlan(exportId);
      if (exportHasEnded(plan.progress.status)) return plan.progress;
      try {
        await writeExport(ports, plan);
      } catch (error) {
        if (!isFinal(error)) throw error;
        return store.end(exportId, { status: "failed", error: error.message });
      }
      return store.loadProgress(exportId);
    },

    async removeExpiredExports({ dryRun }: { dryRun: boolean }) {
      if (dryRun) return { what: "exports", rows: await store.countExpired() };
      for (let rows = 0; ;) {
        const expired = await store.findExpired(expiredAtOnce);
        for (const { exportId, fileUrl } of expired) {
          heartbeat(rows);
          await objects.remove(fileUrl);
          await store.expire(exportId);
        }
        rows += expired.length;
        if (expired.length === 0) return { what: "exports", rows };
      }
    },
  });
}

export function createExportSteeringActivities(
  store: Pick<ExportStore, "loadProgress" | "end">,
): ExportSteeringActivities {
  return withFailures({
    loadExportProgress: ({ exportId }: ExportInput) => store.loadProgress(exportId),
    cancelExport: ({ exportId }: ExportInput) => store.end(exportId, { status: "cancelled" }),
  });
}

async function writeExport({ store, sources, objects }: ExportPorts, plan: ExportPlan): Promise<void> {
  const owner: ExportOwner = { exportId: plan.exportId, token: randomUUID() };
  const source = await sources.open(plan);
  const counter = createRowCounter();
  const stopping = new AbortController();
  const { content, bytes } = chain(source.csv, counter, plan.gzip);
  const written = () => ({ rowsWritten: counter.rows(), bytes: bytes() });
  try {
    if (!(await store.begin(owner, source))) return;
    const reports = keepReporting(() => store.report(owner, written()), stopping);
    const signal = AbortSignal.any([stopping.signal, cancellationSignal()]);
    await objects.write(plan.fileUrl, content, signal).finally(() => reports.stop());
    const kept = await store.complete(owner, written());
    // Cancelled at the last moment: nobody is to find the file. One that another attempt writes comes to stand by itself.
    if (!kept && (await store.loadProgress(plan.exportId)).status === "cancelled")
      await objects.remove(plan.fileUrl);
  } catch (error) {
    if (stopping.signal.aborted && error === stopping.signal.reason) return;
    throw error;
  } finally {
    content.destroy();
  }
}

/** The reason for which an attempt stops that was told that the export is not its own any more. */
class Overtaken extends Error {}

function keepReporting(report: () => Promise<boolean>, stopping: AbortController): { stop: () => void } {
  let busy = false;
  const timer = setInterval(() => {
    heartbeat();
    if (busy) return;
    busy = true;
    report()
      .then((goesOn) => {
        if (!goesOn) stopping.abort(new Overtaken("The export has ended, or is another attempt's."));
      })
      // A database that is away ends the source itself; a report more or less does not matter.
      .catch(() => undefined)
      .finally(() => (busy = false));
  }, reportEveryMs);
  return { stop: () => clearInterval(timer) };
}

/** The last stream of the chain; when one of them breaks, all do, with its error. */
function chain(
  csv: Readable,
  counter: RowCounter,
  gzip: boolean,
): { content: Readable; bytes: () => number } {
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const ignore = (): void => undefined;
  if (gzip) pipeline(csv, counter.stream, createGzip(), meter, ignore);
  else pipeline(csv, counter.stream, meter, ignore);
  return { content: meter, bytes: () => bytes };
}

/** Another attempt would end the same way. */
function isFinal(error: unknown): error is FloeError {
  if (error instanceof CancelledFailure || !(error instanceof FloeError)) return false;
  return error.kind === "NotFound" || error.kind === "InvalidInput" || error.kind === "Conflict";
}
