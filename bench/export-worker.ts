/** Exports contacts by the SDK, in a process of its own so that its memory can be told: `{ tenantId, path }` by message. */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { connectFloe } from "../client/connect.js";

export interface ExportRequest {
  tenantId: string;
  path: string;
}

export interface Exported {
  rows: number;
}

const floe = await connectFloe();
process.on("message", ({ tenantId, path }: ExportRequest) => void exportContacts(tenantId, path));
process.on("SIGTERM", () => void floe.close().finally(() => process.exit()));
process.send?.("ready");

async function exportContacts(tenantId: string, path: string): Promise<void> {
  const { csv, rows } = await floe.contacts.export({ tenantId });
  await pipeline(csv, createWriteStream(path));
  process.send?.({ rows: rows() } satisfies Exported);
}
