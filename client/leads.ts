import { Readable } from "node:stream";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { isAttributeName } from "../domain/attributes.js";
import { formatCsvRow } from "../domain/csv-row.js";
import { InvalidInput } from "../domain/errors.js";
import { importFields, type ImportMapping } from "../domain/import-columns.js";
import type { ImportRef } from "./import-input.js";
import type { Import, ImportHandle, Imports } from "./imports.js";
import { nameSchema, parseInput, tenantIdSchema, uuidSchema } from "./input.js";

/** Larger sets come as files. */
const mostLeads = 100_000;

const valueSchema = z.union(
  [z.string().max(10_000, "is longer than 10,000 characters"), z.number(), z.boolean(), z.null()],
  {
    error: "must be text, a number, true, false or null",
  },
);

/** A lead's own fields are the contact's; every other is an attribute of that name. */
const leadSchema = z.record(z.string(), valueSchema).superRefine((lead, context) => {
  for (const name of Object.keys(lead)) {
    if (!isAttributeName(name))
      context.addIssue({ code: "custom", path: [name], message: "is no name of a field or attribute" });
  }
});

export const leadsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Who asks: progress is shown to them. */
  user: nameSchema.optional(),
  /** A UUID of the caller's own: a repeat is the same import. */
  importId: uuidSchema.optional(),
  /** `{ email, name, first_name, last_name, time_zone, … }` */
  leads: z
    .array(leadSchema)
    .min(1, "is empty")
    .max(mostLeads, `has more than ${mostLeads}; import them as a file`),
  /** A list's id or name; one of that name is made when there is none. */
  list: nameSchema.optional(),
});
export type LeadsInput = z.input<typeof leadsSchema>;

export interface Leads {
  /**
   * Imports rows that come with the request, as an import like any other: those that are no good are refused one by one.
   * @throws InvalidInput naming the place, as in `leads.3.email`; NotFound (tenant)
   */
  import(input: LeadsInput): Promise<ImportHandle>;
  /** @throws NotFound */
  progress(ref: ImportRef): Promise<Import>;
  /** Stops within a chunk; what was imported stays. @throws NotFound, Conflict when it has ended. */
  cancel(ref: ImportRef): Promise<void>;
}

export function createLeads(imports: Pick<Imports, "upload" | "get" | "cancel">): Leads {
  return {
    async import(input) {
      const { leads, importId = uuidv7(), ...of } = parseInput(leadsSchema, input);
      const columns = columnsOf(leads);
      const mapping: ImportMapping = Object.fromEntries(
        columns.map((name, index) => [`col_${index}`, fieldOf(name)]),
      );
      return imports.upload(
        { ...of, importId, mapping, hasHeader: true, encoding: "utf-8" },
        Readable.from(linesOf(leads, columns), { objectMode: false }),
      );
    },
    progress: (ref) => imports.get(ref),
    cancel: (ref) => imports.cancel(ref),
  };
}

type Lead = z.output<typeof leadSchema>;

const mostColumns = 1_000;

/** Every name that any of the leads has. */
function columnsOf(leads: readonly Lead[]): string[] {
  const columns = [...new Set(leads.flatMap((lead) => Object.keys(lead)))];
  if (!columns.includes("email")) throw new InvalidInput([{ field: "leads", problem: "have no email" }]);
  if (columns.length <= mostColumns) return columns;
  throw new InvalidInput([{ field: "leads", problem: `have more than ${mostColumns} different fields` }]);
}

/** As the SDK names them elsewhere. */
const aliases: Record<string, string> = {
  firstName: "first_name",
  lastName: "last_name",
  timeZone: "time_zone",
};

function fieldOf(name: string): string {
  const field = aliases[name] ?? name;
  return (importFields as readonly string[]).includes(field) ? field : `attributes.${name}`;
}

function* linesOf(leads: readonly Lead[], columns: readonly string[]): Generator<string> {
  yield formatCsvRow(columns, { raw: true });
  for (const lead of leads)
    yield formatCsvRow(
      columns.map((name) => String(lead[name] ?? "")),
      { raw: true },
    );
}
