import { z } from "zod";
import { namePageSchema, tenantIdSchema } from "../../client/input.js";
import { listChangeSchema, listRefSchema, listSchema, membersSchema } from "../../client/lists.js";
import { operation } from "../operation.js";

const list = z.object({
  listId: z.string(),
  tenantId: z.string(),
  name: z.string(),
  contactCount: z.number(),
  createdAt: z.date(),
});

const path = "/api/lists";
const one = `${path}/:list`;
const look = { resource: "lists", level: "read" } as const;
const change = { resource: "lists", level: "write" } as const;

export const listOperations = [
  operation({
    ...change,
    ...{ id: "lists.create", method: "post", path, status: 201 },
    summary: "Create a list; one of that name is left as it is",
    input: listSchema,
    output: list.extend({ created: z.boolean() }),
    call: (floe, input) => floe.lists.create(input),
  }),
  operation({
    ...look,
    ...{ id: "lists.list", method: "get", path, page: { cursor: "name", by: "after" } },
    summary: "Lists by name",
    input: namePageSchema.extend({ tenantId: tenantIdSchema }),
    output: list,
    call: (floe, { tenantId, ...page }) => floe.lists.list(tenantId, page),
  }),
  operation({
    ...look,
    ...{ id: "lists.get", method: "get", path: one },
    summary: "One list, by id or name",
    input: listRefSchema,
    output: list,
    call: (floe, input) => floe.lists.get(input),
  }),
  operation({
    ...change,
    ...{ id: "lists.update", method: "patch", path: one, edits: "lists.get" },
    summary: "Give a list another name",
    input: listChangeSchema,
    output: list,
    call: (floe, input) => floe.lists.update(input),
  }),
  operation({
    ...change,
    ...{ id: "lists.remove", method: "delete", path: one, edits: "lists.get" },
    summary: "Delete a list that nothing is sent to; its contacts stay",
    input: listRefSchema,
    call: (floe, input) => floe.lists.remove(input),
  }),
  operation({
    ...change,
    ...{ id: "lists.add_contacts", method: "post", path: `${one}/contacts` },
    summary: "Add contacts to a list, by their ids; ids that are not there are passed over",
    input: membersSchema,
    output: z.object({ added: z.number() }),
    call: (floe, input) => floe.lists.addContacts(input),
  }),
  operation({
    ...change,
    ...{ id: "lists.remove_contacts", method: "post", path: `${one}/contacts/remove` },
    summary: "Take contacts off a list, by their ids",
    input: membersSchema,
    output: z.object({ removed: z.number() }),
    call: (floe, input) => floe.lists.removeContacts(input),
  }),
];
