import { Router, type Request, type Response } from "express";
import type { Readable } from "node:stream";
import { z } from "zod";
import { parseInput, tenantIdSchema } from "../client/input.js";
import type { StoredDmarcReport } from "../client/dmarc.js";
import type { AuditLog } from "../db/audit-log.js";
import { packedMaxBytes } from "../mail/dmarc/unpack.js";
import { allowed } from "./allowed.js";
import { auditing } from "./audited.js";
import { principalOf } from "./authenticate.js";
import type { DmarcMetrics } from "./dmarc-metrics.js";
import { carryOut, changeOf } from "./operation-call.js";
import { tenantOf, type Input } from "./operation-input.js";
import { dmarcReport } from "./operations/dmarc.js";
import type { Stream, StreamPorts } from "./streams.js";
import { readUpload } from "./upload.js";
import { fromQuery, fromWire, toWire } from "./wire.js";

const path = "/api/dmarc/reports";

export const dmarcUpload = {
  ...{ id: "dmarc.import", method: "post", path, resource: "domains", level: "write" },
  summary: "Take a DMARC aggregate report as XML, in gzip or in zip; the same again changes nothing (200)",
  input: z.strictObject({ tenantId: tenantIdSchema }),
} as const satisfies Stream;

export interface DmarcPorts extends StreamPorts {
  audit: Pick<AuditLog, "begin" | "finish">;
}

/** `POST /api/dmarc/reports`: the file is the body, whatever its type says, or a form's. */
export function createDmarcRoutes(ports: DmarcPorts, metrics: DmarcMetrics): Router {
  const router = Router();
  router.post(path, ...allowed(ports, dmarcUpload), async (request, response) => {
    const { created, ...report } = await readUpload(request, (fields, content) =>
      take(ports, { request, response, said: { ...request.query, ...fields } }, content),
    ).catch((error: unknown) => {
      metrics.received("refused");
      throw error;
    });
    metrics.received(created ? "recorded" : "repeated");
    response
      .status(created ? 201 : 200)
      .location(`${path}/${report.reportId}`)
      .json(toWire(dmarcReport, report));
  });
  return router;
}

async function take(
  { floe, audit }: DmarcPorts,
  { request, response, said }: { request: Request; response: Response; said: Record<string, unknown> },
  content: Readable,
): Promise<StoredDmarcReport & { created: boolean }> {
  const principal = principalOf(response);
  const input = fromWire(dmarcUpload.input, fromQuery(dmarcUpload.input, said)) as Input;
  input.tenantId = tenantOf(input.tenantId, principal);
  const asked = { operation: dmarcUpload, principal, input, request };
  const file = await collect(content);
  return carryOut(asked, () =>
    auditing(audit, changeOf(asked), () => floe.dmarc.import(parseInput(dmarcUpload.input, input), file)),
  );
}

/** One byte more than may come is enough to refuse it. */
async function collect(content: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > packedMaxBytes) break;
  }
  return Buffer.concat(chunks);
}
