/** How a running export is steered and asked. Names are stored in histories: public API. */
import { defineQuery, defineSignal } from "@temporalio/workflow";
import type { ExportProgress } from "../activities/export-ports.js";

export interface ExportDataInput {
  exportId: string;
}

/** Stops the export; no file comes to stand. */
export const cancelExportSignal = defineSignal("cancel");
/** A replay of dead letters, or a retry, has opened the failed export again. */
export const exportRevivedSignal = defineSignal("revived");
/** As of some seconds ago; `null` before it was first read. */
export const exportProgressQuery = defineQuery<ExportProgress | null>("progress");

/** The type name a client starts; `workflows/export-data` exports the function of that name. */
export const exportWorkflowType = "exportData";
/** `JobType` of its runs. */
export const exportJobType = "export.data";
