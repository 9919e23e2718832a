import type { NativeConnection } from "@temporalio/worker";
import type { Logger } from "pino";
import { ensureNamespace, searchAttributes } from "../runtime/embedded/search-attributes.js";

/** Registers what is missing. Where that is not permitted (Temporal Cloud), the operator does it once. */
export async function ensureSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  log: Logger,
): Promise<void> {
  try {
    await ensureNamespace(connection, namespace);
  } catch (error) {
    log.warn(
      { err: error, attributes: Object.keys(searchAttributes) },
      "worker.search_attributes_unknown: register these in the namespace, campaigns need them",
    );
  }
}
