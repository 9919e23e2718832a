import express, { Router } from "express";
import type { FloeCalls } from "../client/assemble.js";
import { reportMaxBytes, type TakenReport } from "../client/bounces.js";
import { asTenant } from "../db/tenant-pool.js";
import { NotFound } from "../domain/errors.js";
import { allowed } from "./allowed.js";
import { principalOf, type Authentication } from "./authenticate.js";
import { takenReport } from "./operations/bounces.js";
import { toWire } from "./wire.js";

export interface BounceRoutePorts {
  floe: Pick<FloeCalls, "bounces">;
  authentication: Pick<Authentication, "callerOf">;
}

const path = "/api/bounces";

/**
 * Messages that came back, as their bytes: `POST /api/bounces` takes one (`message/rfc822`), `GET /:id/raw` gives one that is
 * kept; without a tenant, one that is not matched. All else of them is JSON, and an operation.
 */
export function createBounceRoutes({ floe: { bounces }, authentication }: BounceRoutePorts): Router {
  const router = Router();
  // Whose a message is, it says itself: what hands messages over does so for every tenant.
  const mayHandOver = allowed({ authentication }, { resource: "bounces", level: "platform", method: "post" });
  const mayRead = allowed({ authentication }, { resource: "bounces", level: "read", method: "get" });
  const body = express.raw({ type: "message/rfc822", limit: reportMaxBytes });

  router.post(path, ...mayHandOver, body, async (request, response) => {
    const raw: unknown = request.body;
    const taken = await asTenant(null, () => bounces.take(Buffer.isBuffer(raw) ? raw : Buffer.alloc(0)));
    response.json(toJson(taken));
  });

  router.get(`${path}/:report_id/raw`, ...mayRead, async (request, response) => {
    const principal = principalOf(response);
    const reportId = String(request.params.report_id);
    const tenantId = principal.tenantId ?? textOf(request.query.tenant_id);
    const { raw } = await asTenant(tenantId, () => bounces.get({ tenantId, reportId }));
    if (!raw) throw new NotFound("message of report", reportId);
    // Not to be shown in a page of ours: whatever came in is in it.
    response.type("message/rfc822").attachment(`report-${reportId}.eml`).send(raw);
  });
  return router;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function toJson({ report, result }: TakenReport): unknown {
  return toWire(takenReport, { ...report, result });
}
