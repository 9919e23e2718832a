import { z } from "zod";
import { auditSchema } from "../../client/audit.js";
import { operation } from "../operation.js";

const entry = z.object({
  auditId: z.string(),
  tenantId: z.string(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  reason: z.string().nullable(),
  /** Called as the SDK calls them. */
  before: z.unknown(),
  after: z.unknown(),
  outcome: z.string().nullable(),
  at: z.date(),
});

export const auditOperations = [
  operation({
    ...{ id: "audit.list", method: "get", path: "/api/audit", resource: "audit", level: "read" },
    summary: "Who did what to whose data, newest first",
    input: auditSchema,
    output: entry,
    page: { cursor: "auditId", by: "before" },
    call: (floe, input) => floe.audit.list(input),
  }),
];
