import { Client, Connection } from "@temporalio/client";

/** A bare Temporal client: what an operator with the Web UI or the CLI has. */
export async function createTemporalClient({
  address,
  namespace,
}: {
  address: string;
  namespace: string;
}): Promise<Client> {
  return new Client({ connection: await Connection.connect({ address }), namespace });
}
