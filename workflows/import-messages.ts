/** How a running import is steered and asked. Names are stored in histories: public API. */
import { defineQuery, defineSignal } from "@temporalio/workflow";
import type { ImportProgress } from "../activities/import-ports.js";

export interface ImportContactsInput {
  importId: string;
}

/** Stops the import; rows of committed chunks stay. */
export const cancelImportSignal = defineSignal("cancel");
/** A replay of dead letters, or a retry, has opened the failed import again. */
export const importRevivedSignal = defineSignal("revived");
/** As of some seconds ago; `null` before it was first read. */
export const importProgressQuery = defineQuery<ImportProgress | null>("progress");

/** The type name a client starts; `workflows/import-contacts` exports the function of that name. */
export const importWorkflowType = "importContacts";
/** `JobType` of its runs. */
export const importJobType = "import.contacts";
