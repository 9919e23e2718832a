import { z } from "zod";
import type { AuditEntry, AuditLog } from "../db/audit-log.js";
import { pageSizeSchema, parseInput, tenantIdSchema } from "./input.js";

export type { AuditEntry } from "../db/audit-log.js";

export const auditSchema = z.strictObject({
  /** `*`: what belongs to no tenant, such as sign-ins. */
  tenantId: z.union([z.literal("*"), tenantIdSchema]),
  /** Such as `dead_letters.replay`. */
  action: z.string().max(100, "is longer than 100 characters").optional(),
  /** Id of what it was done to. */
  subject: z.string().max(100, "is longer than 100 characters").optional(),
  /** Id of the last row of the page before. */
  before: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, "must be an entry's number")
    .optional(),
  limit: pageSizeSchema,
});
export type AuditQuery = z.input<typeof auditSchema>;

/** Who did what to whose data. */
export interface Audit {
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditEntry[]>;
}

export function createAudit(log: AuditLog): Audit {
  return {
    list: async (query) => {
      const { tenantId, ...page } = parseInput(auditSchema, query);
      return log.listAudit(tenantId, page);
    },
  };
}
