import { z } from "zod";
import { checkSchema, cleanupSchema, findingsSchema } from "../../client/maintenance.js";
import { operation } from "../operation.js";

export const cleanup = z.object({
  dryRun: z.boolean(),
  lines: z.array(z.object({ what: z.string(), rows: z.number(), reason: z.string().optional() })),
});

const found = z.object({
  ...{ kind: z.string(), subjectId: z.string(), tenantId: z.string(), detail: z.string() },
  action: z.enum(["started", "repaired", "reported"]),
});
const finding = found.extend({
  ...{ job: z.string(), times: z.number(), firstSeenAt: z.date(), lastSeenAt: z.date() },
});

const path = "/api/maintenance";
const common = { resource: "maintenance", level: "platform" } as const;

export const maintenanceOperations = [
  operation({
    ...common,
    ...{ id: "maintenance.cleanup", method: "post", path: `${path}/cleanup` },
    summary: "Remove what is older than its retention, or count it (dry_run); answers when it is done",
    input: cleanupSchema,
    output: cleanup,
    call: (floe, options) => floe.maintenance.cleanup(options),
  }),
  operation({
    ...common,
    ...{ id: "maintenance.check", method: "post", path: `${path}/check` },
    summary: "Compare ledger, counters and workflows, and mend what can be mended (repair)",
    input: checkSchema,
    output: z.object({ findings: z.array(found) }),
    call: (floe, options) => floe.maintenance.check(options),
  }),
  operation({
    ...common,
    ...{ id: "maintenance.findings", method: "get", path: `${path}/findings`, isList: true },
    summary: "What detector and checks have found, seen last first",
    input: findingsSchema,
    output: finding,
    call: (floe, query) => floe.maintenance.findings(query),
  }),
];
