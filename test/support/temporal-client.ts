import { Client, Connection } from "@temporalio/client";
import type { DataConverter } from "@temporalio/common";

/** A bare Temporal client: what an operator with the Web UI or the CLI has. */
export async function createTemporalClient(
  { address, namespace }: { address: string; namespace: string },
  dataConverter: DataConverter = {},
): Promise<Client> {
  return new Client({ connection: await Connection.connect({ address }), namespace, dataConverter });
}
