import { z } from "zod";
import type { Suppression, SuppressionKey, SuppressionStore } from "../db/suppressions.js";
import { checkAddress } from "../domain/email-address.js";
import { NotFound } from "../domain/errors.js";
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

export const suppressionSchema = z
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
export type SuppressionInput = z.input<typeof suppressionSchema>;

const cursorPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z~/;

export const suppressionsSchema = z.strictObject({
  tenantId: scopeSchema,
  /** `cursor` of the last row of the page before. */
  after: z
    .string()
    .refine(
      (text) => cursorPattern.test(text) && !Number.isNaN(Date.parse(text.split("~")[0] ?? "")),
      "must be the cursor of a row",
    )
    .optional(),
  limit: pageSizeSchema,
});
export type SuppressionsQuery = z.input<typeof suppressionsSchema>;

const mostAddresses = 5_000;
export const suppressedAddressesSchema = z.strictObject({
  tenantId: scopeSchema,
  addresses: z.array(addressSchema).min(1, "is empty").max(mostAddresses, `has more than ${mostAddresses}`),
});
export type SuppressedAddresses = z.input<typeof suppressedAddressesSchema>;

export const suppressedSchema = z.strictObject({ tenantId: tenantIdSchema, address: addressSchema });
export type SuppressedQuery = z.input<typeof suppressedSchema>;

export interface Suppressions {
  /** From now on nothing is sent there, running sends included. Safe to repeat. @throws InvalidInput, NotFound (tenant) */
  add(entry: SuppressionInput): Promise<{ added: boolean }>;
  /** Many at once, such as those that another system has suppressed: all or none. @throws InvalidInput, NotFound (tenant) */
  addAddresses(entries: SuppressedAddresses): Promise<{ added: number }>;
  /** What forbids the tenant this address: its own entry or everybody's, for it or its domain. @throws NotFound: nothing */
  get(query: SuppressedQuery): Promise<Suppression>;
  /** Lets mail through again. @throws InvalidInput */
  remove(entry: SuppressionInput): Promise<{ removed: boolean }>;
  /** One page by time of suppression. Those of everybody are listed as tenant `*`, not with a tenant's own. */
  list(query: SuppressionsQuery): Promise<Suppression[]>;
}

export function createSuppressions(store: SuppressionStore): Suppressions {
  return {
    add: async (entry) => ({ added: await store.addSuppression(toKey(entry)) }),
    addAddresses: async (entries) => {
      const { tenantId, addresses } = parseInput(suppressedAddressesSchema, entries);
      return { added: await store.addAddresses(tenantId, addresses) };
    },
    get: async (query) => {
      const { tenantId, address } = parseInput(suppressedSchema, query);
      const found = await store.findSuppression(tenantId, address);
      if (!found) throw new NotFound("suppression of", address);
      return found;
    },
    remove: async (entry) => ({ removed: await store.removeSuppression(toKey(entry)) }),
    list: async (query) => store.listSuppressions(parseInput(suppressionsSchema, query)),
  };
}

function toKey(entry: SuppressionInput): SuppressionKey {
  const { tenantId, address, domain } = parseInput(suppressionSchema, entry);
  if (address !== undefined) return { tenantId, kind: "address", value: address };
  return { tenantId, kind: "domain", value: domain ?? "" };
}
