import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import type { GraphWork } from "../activities/job-graph-ports.js";
import { exportRequest, type ExportInput } from "../client/export-input.js";
import { createExportRows } from "../db/exports.js";
import { createImportRows } from "../db/imports.js";
import { createListStore } from "../db/lists.js";
import { NotFound } from "../domain/errors.js";
import { exportHasEnded } from "../domain/exports.js";
import { exportWorkflowId, importWorkflowId } from "../domain/ids.js";
import type { ImportMapping } from "../domain/import-columns.js";
import { exportJobType, exportWorkflowType, type ExportDataInput } from "../workflows/export-messages.js";
import { importJobType, importWorkflowType, type ImportContactsInput } from "../workflows/import-messages.js";

interface ImportJobInput {
  fileUrl: string;
  mapping?: ImportMapping;
  hasHeader?: boolean;
  list?: string;
  encoding?: string;
}

export function importWork(pool: pg.Pool): GraphWork {
  const rows = createImportRows(pool);
  const lists = createListStore(pool);
  /** A failed or cancelled one is followed by another from the file's beginning: its contacts are the same ones. */
  async function canGoOn(tenantId: string, importId: string): Promise<boolean> {
    // Kept, but not written down: whoever kept it died.
    const found = await rows.loadImport(tenantId, importId).catch(ignoreMissing);
    return found?.status !== "failed" && found?.status !== "cancelled";
  }

  return {
    async prepare({ tenantId, workId, input }, keep) {
      const request = input as unknown as ImportJobInput;
      const begun = workId !== null && (await canGoOn(tenantId, workId)) ? workId : null;
      const importId = await keep(begun ?? uuidv7());
      const isId = /^[0-9a-f-]{36}$/i.test(request.list ?? "");
      if (request.list !== undefined && !isId) await lists.createList({ tenantId, name: request.list });
      await rows.createImport({ ...request, tenantId, importId });
      const args: ImportContactsInput = { importId };
      return {
        type: importWorkflowType,
        workflowId: importWorkflowId(importId),
        input: args,
        summary: `Contacts of ${tenantId}`,
        searchAttributes: { TenantId: tenantId, JobType: importJobType },
      };
    },

    async outcome({ tenantId, workId }) {
      const importId = workId ?? "";
      const found = await rows.loadImport(tenantId, importId).catch(ignoreMissing);
      if (!found) return null;
      const { status, error, rowsImported, rowsCreated, rowsRefused } = found;
      const result = { importId, rowsImported, rowsCreated, rowsRefused };
      if (status === "completed") return { state: "succeeded", result, reason: null };
      if (status !== "failed" && status !== "cancelled") return null;
      const reason = status === "failed" ? `the import failed: ${error ?? ""}` : "the import was cancelled";
      return { state: "failed", result, reason };
    },
  };
}

export function exportWork(pool: pg.Pool): GraphWork {
  const rows = createExportRows(pool);
  /** One that failed, was cancelled, or whose file has gone is followed by another. */
  async function canGoOn(tenantId: string, exportId: string): Promise<boolean> {
    // Kept, but not written down: whoever kept it died.
    const found = await rows.loadExport(tenantId, exportId).catch(ignoreMissing);
    return !found || !exportHasEnded(found.status) || found.status === "completed";
  }

  return {
    async prepare({ tenantId, workId, input }, keep) {
      const begun = workId !== null && (await canGoOn(tenantId, workId)) ? workId : null;
      const exportId = await keep(begun ?? uuidv7());
      await rows.createExport(exportRequest({ ...(input as unknown as ExportInput), tenantId, exportId }));
      const args: ExportDataInput = { exportId };
      return {
        type: exportWorkflowType,
        workflowId: exportWorkflowId(exportId),
        input: args,
        summary: `Export of ${tenantId}`,
        searchAttributes: { TenantId: tenantId, JobType: exportJobType },
      };
    },

    async outcome({ tenantId, workId }) {
      const found = await rows.loadExport(tenantId, workId ?? "").catch(ignoreMissing);
      if (!found || !exportHasEnded(found.status)) return null;
      const { exportId, status, error, rowsWritten, bytes } = found;
      const result = { exportId, rowsWritten, bytes };
      if (status === "completed" || status === "expired") return { state: "succeeded", result, reason: null };
      const reason = status === "failed" ? `the export failed: ${error ?? ""}` : "the export was cancelled";
      return { state: "failed", result, reason };
    },
  };
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof NotFound)) throw error;
  return undefined;
}
