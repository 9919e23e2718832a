import { z } from "zod";
import type { Suppression, SuppressionKey, SuppressionStore } from "../db/suppressions.js";
import { checkAddress } from "../domain/email-address.js";
import { addressSchema, pageSizeSchema, parseInput, tenantIdSchema } from "./input.js";

export type { Suppression } from "../db/suppressions.js";

/** `*` means every tenant. */
const scopeSchema = z.union([z.literal("*"), tenantIdSchema], {
  error: "must be a tenant id, or * for every tenant",
});

const domainSchema = z.string().transform((text, context) => {
  const check = checkAddress(`postmaster@${text}`);
  if (check.kind === "valid") return check.domain;
  context.addIssue({ code: "custom", message: "is not a domain; give one such as example.com" });
  return z.NEVER;
});

const entrySchema = z
  .strictObject({
    tenantId: scopeSchema,
    address: addressSchema.optional(),
    /** Every address of it. */
    domain: domainSchema.optional(),
  })
  .refine(({ address, domain }) => (address === undefined) !== (domain === undefined), {
    path: ["address"],
    message: "exactly one is needed: give either address or domain",
  });
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
  const { tenantId, address, domain } = parseInput(entrySchema, entry);
  if (address !== undefined) return { tenantId, kind: "address", value: address };
  return { tenantId, kind: "domain", value: domain ?? "" };
}
