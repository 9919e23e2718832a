import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Where a local stack listens, the secret of its tracking links and its encryption keys: what the start command leaves in its data folder. */
export const endpointsSchema = z.object({
  databaseUrl: z.string(),
  redisUrl: z.string(),
  temporalAddress: z.string(),
  namespace: z.string(),
  publicUrl: z.string(),
  secret: z.string(),
  /** As in `FLOE_ENCRYPTION_KEYS`. */
  encryptionKeys: z.string(),
  /** As in `TEMPORAL_PAYLOAD_KEYS`; empty: payloads are plain. */
  payloadKeys: z.string(),
  apiUrl: z.string(),
  inboxUrl: z.string().nullable(),
  temporalUiUrl: z.string().nullable(),
});
export type Endpoints = z.infer<typeof endpointsSchema>;

/** The local stack that runs on data folder `folder`, or null. A file that cannot be read counts as none. */
export function loadEndpoints(folder: string): Endpoints | null {
  try {
    return endpointsSchema.parse(JSON.parse(readFileSync(join(folder, fileName), "utf8")));
  } catch {
    return null;
  }
}

/** Readable by its owner only: it holds passwords. */
export function saveEndpoints(folder: string, endpoints: Endpoints): void {
  mkdirSync(folder, { recursive: true });
  const next = join(folder, `.${fileName}.${process.pid}`);
  writeFileSync(next, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, join(folder, fileName));
}

export function removeEndpoints(folder: string): void {
  rmSync(join(folder, fileName), { force: true });
}

const fileName = "endpoints.json";
