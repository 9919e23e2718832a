import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";

/** How long Temporal's visibility may lag behind. */
const patienceMs = 20_000;

/** Events in the histories of a campaign's workflow and all its children, runs that continued as new included. */
export async function historyEvents(address: string, workflowId: string): Promise<number> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const query = `WorkflowId STARTS_WITH "${workflowId}"`;
    for (const deadline = Date.now() + patienceMs; ; await sleep(200)) {
      let events = 0;
      let open = 0;
      for await (const run of client.workflow.list({ query })) {
        events += run.historyLength ?? 0;
        if (run.status.name === "RUNNING") open += 1;
      }
      if (open === 0 && events > 0) return events;
      if (Date.now() > deadline) throw new Error(`Temporal lists ${open} runs of ${workflowId} as open.`);
    }
  } finally {
    await connection.close();
  }
}
