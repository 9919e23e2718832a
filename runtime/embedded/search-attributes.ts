import type { Connection } from "@temporalio/client";
import proto from "@temporalio/proto";

const types = proto.temporal.api.enums.v1.IndexedValueType;

/** What Floe's workflows can be searched by. Names are stored in histories: treat them as public API. */
export const searchAttributes = {
  TenantId: types.INDEXED_VALUE_TYPE_KEYWORD,
  CampaignId: types.INDEXED_VALUE_TYPE_KEYWORD,
  JobType: types.INDEXED_VALUE_TYPE_KEYWORD,
  Lane: types.INDEXED_VALUE_TYPE_KEYWORD,
  Progress: types.INDEXED_VALUE_TYPE_INT,
};

/**
 * Registers the search attributes that `namespace` lacks. Safe to repeat.
 * @throws the service's error while the namespace is not there yet
 */
export async function ensureNamespace(
  connection: Pick<Connection, "operatorService">,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes).filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing),
  });
}
