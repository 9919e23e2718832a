import { z } from "zod";
import type { Suppression, SuppressionKey, SuppressionStore } from "../db/suppressions.js";
import { checkAddress } from "../domain/email-address.js";
import { pageSizeSchema, parseInput, tenantIdSchema } from "./input.js";

export type { Suppression } from "../db/suppressions.js";

/** `*` means every tenant. */
const scopeSchema = z.union([z.literal("*"), tenantIdSchema], {
  error: "must be a tenant id, or * for every tenant",
});

const domainPattern = /^[^\s@.]+(\.[^\s@.]+)+$/;

/** `name@example.com` suppresses one address, `example.com` a whole domain. */
const targetSchema = z.string().transform((text, context) => {
  const value = text.trim().toLowerCase();
  if (!value.includes("@")) {
    if (domainPattern.test(value) && value.length <= 253) return { kind: "domain" as const, value };
    context.addIssue({
      code: "custom",
      message: "is neither an address nor a domain; give name@example.com or example.com",
    });
    return z.NEVER;
  }
  const check = checkAddress(value);
  if (check.kind === "valid") return { kind: "address" as const, value: check.address };
  context.addIssue({ code: "custom", message: `${check.problem}; give name@example.com or example.com` });
  return z.NEVER;
});

const entrySchema = z.strictObject({ tenantId: scopeSchema, target: targetSchema });
export type SuppressionInput = z.input<typeof entrySchema>;

const pageSchema = z.strictObject({
  tenantId: scopeSchema,
  /** `createdAt` and value of the last row of the page before. */
  after: z.strictObject({ createdAt: z.date(), value: z.string() }).optional(),
  limit: pageSizeSchema,
});
export type SuppressionsQuery = z.input<typeof pageSchema>;

export interface Suppressions {
  /** From now on nothing is sent there, running sends included. Safe to repeat. @throws InvalidInput, NotFound (tenant) */
  add(entry: SuppressionInput): Promise<{ added: boolean }>;
  /** Lets mail through again. @throws InvalidInput */
  remove(entry: SuppressionInput): Promise<{ removed: boolean }>;
  /** One page by time of suppression. Those of everybody are listed as tenant `*`, not with a tenant's own. */
  list(query: SuppressionsQuery): Promise<Suppression[]>;
}

export function createSuppressions(store: SuppressionStore): Suppressions {
  return {
    add: async (entry) => ({ added: await store.addSuppression(toKey(entry)) }),
    remove: async (entry) => ({ removed: await store.removeSuppression(toKey(entry)) }),
    list: async (query) => store.listSuppressions(parseInput(pageSchema, query)),
  };
}

function toKey(entry: SuppressionInput): SuppressionKey {
  const { tenantId, target } = parseInput(entrySchema, entry);
  return { tenantId, ...target };
}
