import { temporal } from "@temporalio/proto";
import type { NativeConnection } from "@temporalio/worker";
import type { Logger } from "pino";

const { INDEXED_VALUE_TYPE_INT, INDEXED_VALUE_TYPE_KEYWORD } = temporal.api.enums.v1.IndexedValueType;

/** What operators filter runs by in the Web UI. */
const attributes = {
  TenantId: INDEXED_VALUE_TYPE_KEYWORD,
  CampaignId: INDEXED_VALUE_TYPE_KEYWORD,
  JobType: INDEXED_VALUE_TYPE_KEYWORD,
  Lane: INDEXED_VALUE_TYPE_KEYWORD,
  Progress: INDEXED_VALUE_TYPE_INT,
};

/** Registers what is missing. Where that is not permitted (Temporal Cloud), the operator does it once. */
export async function ensureSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  log: Logger,
): Promise<void> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.fromEntries(
      Object.entries(attributes).filter(([name]) => !(name in customAttributes)),
    );
    if (Object.keys(missing).length === 0) return;
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: missing });
    log.info({ attributes: Object.keys(missing) }, "worker.search_attributes_registered");
  } catch (error) {
    log.warn(
      { err: error, attributes: Object.keys(attributes) },
      "worker.search_attributes_unknown: register these in the namespace, campaigns need them",
    );
  }
}
