import { z } from "zod";
import {
  suppressedAddressesSchema,
  suppressedSchema,
  suppressionSchema,
  suppressionsSchema,
} from "../../client/suppressions.js";
import { operation } from "../operation.js";

const suppression = z.object({
  tenantId: z.string(),
  kind: z.enum(["address", "domain"]),
  value: z.string(),
  reason: z.string(),
  sendId: z.string().nullable(),
  createdAt: z.date(),
});

const path = "/api/suppressions";
const look = { resource: "suppressions", level: "read" } as const;
const change = { resource: "suppressions", level: "write" } as const;

export const suppressionOperations = [
  operation({
    ...change,
    ...{ id: "suppressions.add", method: "post", path },
    summary: "Suppress an address or a domain: from now on nothing is sent there, running sends included",
    input: suppressionSchema,
    output: z.object({ added: z.boolean() }),
    call: (floe, input) => floe.suppressions.add(input),
  }),
  operation({
    ...change,
    ...{ id: "suppressions.add_addresses", method: "post", path: `${path}/addresses` },
    summary: "Suppress many addresses, such as those that another system has suppressed",
    input: suppressedAddressesSchema,
    output: z.object({ added: z.number() }),
    call: (floe, input) => floe.suppressions.addAddresses(input),
  }),
  operation({
    ...look,
    ...{ id: "suppressions.list", method: "get", path, page: { cursor: "cursor", by: "after" } },
    summary: "What is suppressed, oldest first; of tenant * what is so for everybody",
    input: suppressionsSchema,
    output: suppression,
    call: (floe, input) => floe.suppressions.list(input),
  }),
  operation({
    ...look,
    ...{ id: "suppressions.get", method: "get", path: `${path}/:address` },
    summary: "What forbids the tenant this address, by it or its domain; 404: nothing does",
    input: suppressedSchema,
    output: suppression,
    call: (floe, input) => floe.suppressions.get(input),
  }),
  operation({
    ...change,
    ...{ id: "suppressions.remove", method: "delete", path },
    summary: "Let mail through again, to an address or a domain",
    input: suppressionSchema,
    output: z.object({ removed: z.boolean() }),
    call: (floe, input) => floe.suppressions.remove(input),
  }),
];
