import { z } from "zod";
import {
  contactChangeSchema,
  contactsSchema,
  contactsUpsertSchema,
  contactWhoSchema,
} from "../../client/contacts.js";
import { operation } from "../operation.js";

const attribute = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const contact = z.object({
  contactId: z.string(),
  tenantId: z.string(),
  email: z.string(),
  domain: z.string(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  name: z.string().nullable(),
  timeZone: z.string().nullable(),
  attributes: z.record(z.string(), attribute),
  createdAt: z.date(),
  updatedAt: z.date(),
});

const path = "/api/contacts";
const one = `${path}/:contact`;
const look = { resource: "contacts", level: "read" } as const;
const change = { resource: "contacts", level: "write" } as const;
/** 5,000 contacts of 2 kB. */
const largestUpsert = 10 * 1024 * 1024;

export const contactOperations = [
  operation({
    ...change,
    ...{ id: "contacts.upsert", method: "post", path, largestBody: largestUpsert },
    summary: "Create contacts, or update those whose address is known; all or none",
    input: contactsUpsertSchema,
    output: z.object({ created: z.number(), updated: z.number(), added: z.number() }),
    call: (floe, input) => floe.contacts.upsert(input),
  }),
  operation({
    ...look,
    ...{ id: "contacts.list", method: "get", path, page: { cursor: "contactId", by: "after" } },
    summary: "Contacts by id: all, or those of a list or segment; by address those whose address begins so",
    input: contactsSchema,
    output: contact,
    call: (floe, input) => floe.contacts.walk(input),
  }),
  operation({
    ...look,
    ...{ id: "contacts.get", method: "get", path: one },
    summary: "One contact, by id or address",
    input: contactWhoSchema,
    output: contact,
    call: (floe, input) => floe.contacts.get(input),
  }),
  operation({
    ...change,
    ...{ id: "contacts.update", method: "patch", path: one, edits: "contacts.get" },
    summary: "Change a contact: what is left out stays, null takes away",
    input: contactChangeSchema,
    output: contact,
    call: (floe, input) => floe.contacts.update(input),
  }),
  operation({
    ...change,
    ...{ id: "contacts.remove", method: "delete", path: one, edits: "contacts.get" },
    summary: "Forget a contact and its places in lists; the ledger of past sends stays",
    input: contactWhoSchema,
    call: async (floe, input) => {
      const { tenantId, contactId } = await floe.contacts.get(input);
      await floe.contacts.remove({ tenantId, contactId });
    },
  }),
];
