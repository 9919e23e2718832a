import { z } from "zod";
import { importRefSchema } from "../../client/import-input.js";
import { parseInput } from "../../client/input.js";
import { leadsSchema } from "../../client/leads.js";
import { operation } from "../operation.js";
import { cancel, cancelling, importRow } from "./imports.js";

const { user, ...fields } = leadsSchema.shape;
const leadsInput = z.strictObject({ ...fields, userId: user });

const path = "/api/queue/leads/import";
/** 100,000 leads of 300 bytes. */
const largestLeads = 32 * 1024 * 1024;

/** Imports of rows that come with the request. */
export const leadOperations = [
  operation({
    ...{ resource: "imports", level: "write", limit: "leads-import" },
    ...{ id: "leads.import", method: "post", path, status: 202, location: "/api/imports/:import_id" },
    largestBody: largestLeads,
    summary: "Import contacts that come with the request; rows that are no good are refused one by one",
    input: leadsInput,
    output: z.object({ importId: z.string(), tenantId: z.string() }),
    call: async (floe, input) => {
      const { userId, ...asked } = parseInput(leadsInput, input);
      return floe.leads.import({ ...asked, user: userId });
    },
  }),
  operation({
    ...{ resource: "imports", level: "read" },
    ...{ id: "leads.progress", method: "get", path },
    summary: "How such an import stands",
    input: importRefSchema,
    output: importRow,
    call: (floe, input) => floe.leads.progress(input),
  }),
  operation({
    ...{ resource: "imports", level: "write" },
    ...{ id: "leads.cancel", method: "delete", path, status: 202 },
    summary: "Stop such an import; what was imported stays",
    input: importRefSchema,
    output: cancelling,
    call: (floe, input) => cancel(floe, input),
  }),
];
