import { z } from "zod";
import type { ContactExport, ContactExporter } from "../db/contact-export.js";
import type { Contact, ContactStore, UpsertCounts } from "../db/contacts.js";
import { isAttributeName, type Attributes } from "../domain/attributes.js";
import type { ContactRow } from "../domain/contact.js";
import type { WalkedPage } from "../domain/walked-page.js";
import type { ImportInput } from "./import-input.js";
import type { ImportHandle, Imports } from "./imports.js";
import {
  addressSchema,
  contactIdSchema,
  nameSchema,
  pageSizeSchema,
  parseInput,
  tenantIdSchema,
  timeZoneSchema,
} from "./input.js";

export type { ContactExport } from "../db/contact-export.js";
export type { Contact } from "../db/contacts.js";

const attributeTextSchema = z
  .string()
  .max(10_000, "is longer than 10,000 characters")
  .refine((text) => !text.includes("\u0000"), "contains a NUL character");

const attributesSchema: z.ZodType<Attributes> = z.record(
  z
    .string()
    .refine(isAttributeName, "is not an attribute's name; use up to 64 letters, digits, _, - or blanks"),
  z.union([attributeTextSchema, z.number(), z.boolean(), z.null()], {
    error: "must be text, a number, true, false or null",
  }),
);

export const contactSchema = z.strictObject({
  email: addressSchema,
  /** Null or absent: what is known stays, here and below. */
  firstName: nameSchema.nullable().default(null),
  lastName: nameSchema.nullable().default(null),
  name: nameSchema.nullable().default(null),
  /** IANA name. */
  timeZone: timeZoneSchema.nullable().default(null),
  /** Merged, name by name, over what is known of the contact. */
  attributes: attributesSchema.default({}),
});
export type ContactInput = z.input<typeof contactSchema>;

/** Enough for a form or a sync; files of any size go through `contacts.import`. */
const mostContacts = 5_000;

export const contactsUpsertSchema = z.strictObject({
  tenantId: tenantIdSchema,
  contacts: z
    .array(contactSchema)
    .min(1, "is empty")
    .max(mostContacts, `has more than ${mostContacts}; use contacts.import`),
  /** A list's id or name. */
  list: nameSchema.optional(),
});
export type ContactsUpsert = z.input<typeof contactsUpsertSchema>;

export const contactsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Id or name, here and below; both: members of the list that match the segment. */
  list: nameSchema.optional(),
  segment: nameSchema.optional(),
  /** How their addresses begin; they come in the order of their addresses, else by id. */
  emailPrefix: z
    .string()
    .trim()
    .toLowerCase()
    .min(1, "is empty")
    .max(254, "is longer than an address")
    .optional(),
  /** Contact id of the last row of the page before. */
  after: contactIdSchema.optional(),
  limit: pageSizeSchema,
});
export type ContactsQuery = z.input<typeof contactsSchema>;

export const contactsExportSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Id or name, here and below; both: members of the list that match the segment. */
  list: nameSchema.optional(),
  segment: nameSchema.optional(),
  /** True: also values that a spreadsheet would run as formulas stay as they are. Needed to import the file again. */
  raw: z.boolean().default(false),
});
export type ContactsExport = z.input<typeof contactsExportSchema>;

const refSchema = z.strictObject({ tenantId: tenantIdSchema, contactId: contactIdSchema });
export type ContactRef = z.input<typeof refSchema>;

export const contactWhoSchema = z.strictObject({
  tenantId: tenantIdSchema,
  contact: z.union([contactIdSchema, addressSchema]),
});
export type ContactWho = z.input<typeof contactWhoSchema>;

/** What is left out stays; null takes away. */
export const contactChangeSchema = contactWhoSchema.extend({
  /** Its new address. */
  email: addressSchema.optional(),
  firstName: nameSchema.nullable().optional(),
  lastName: nameSchema.nullable().optional(),
  name: nameSchema.nullable().optional(),
  timeZone: timeZoneSchema.nullable().optional(),
  /** Name by name. */
  attributes: attributesSchema.optional(),
});
export type ContactChange = z.input<typeof contactChangeSchema>;

export interface Contacts {
  /** Creates contacts or updates those whose address is known. All or none. @throws InvalidInput, NotFound (tenant, list) */
  upsert(input: ContactsUpsert): Promise<UpsertCounts>;
  /** One page by contact id, or by address where its beginning is asked for. */
  list(query: ContactsQuery): Promise<Contact[]>;
  /** One page of the next contacts; fewer when few of them match, and `next` goes on. */
  walk(query: ContactsQuery): Promise<WalkedPage<Contact>>;
  /** By number or address. @throws NotFound */
  get(who: ContactWho): Promise<Contact>;
  /** @throws InvalidInput, NotFound, Conflict when another contact has the new address */
  update(change: ContactChange): Promise<Contact>;
  /** Forgets the contact and its places in lists; the ledger of past sends stays. @throws NotFound */
  remove(ref: ContactRef): Promise<void>;
  /** Imports a CSV file of any size as a durable job. @throws InvalidInput, NotFound (tenant) */
  import(input: ImportInput): Promise<ImportHandle>;
  /**
   * Contacts as a stream of CSV, however many. Read it to its end or destroy it: it holds a connection.
   * @throws InvalidInput, NotFound (tenant, list, segment)
   */
  export(input: ContactsExport): Promise<ContactExport>;
}

export interface ContactPorts {
  store: ContactStore;
  imports: Pick<Imports, "start">;
  exporter: ContactExporter;
}

export function createContacts({ store, imports, exporter }: ContactPorts): Contacts {
  return {
    upsert: async (input) => {
      const { tenantId, contacts, list } = parseInput(contactsUpsertSchema, input);
      return store.upsertContacts(tenantId, contacts.map(toContactRow), list);
    },
    list: async (query) => store.listContacts(parseInput(contactsSchema, query)),
    walk: async (query) => store.walkContacts(parseInput(contactsSchema, query)),
    get: async (who) => {
      const { tenantId, contact } = parseInput(contactWhoSchema, who);
      return store.loadContact(tenantId, contact);
    },
    update: async (input) => {
      const { tenantId, contact, ...change } = parseInput(contactChangeSchema, input);
      return store.updateContact(tenantId, contact, change);
    },
    remove: async (ref) => {
      const { tenantId, contactId } = parseInput(refSchema, ref);
      return store.removeContact(tenantId, contactId);
    },
    import: (input) => imports.start(input),
    export: async (input) => exporter.exportContacts(parseInput(contactsExportSchema, input)),
  };
}

export function toContactRow(contact: z.output<typeof contactSchema>): ContactRow {
  return { ...contact, domain: contact.email.slice(contact.email.lastIndexOf("@") + 1) };
}
