import { z } from "zod";
import { checkAddress, hasControlCharacter } from "../domain/email-address.js";
import { InvalidInput, type FieldProblem } from "../domain/errors.js";

/**
 * Parses what a caller passed, once, at the edge.
 * @throws InvalidInput with every problem: the field's path, why it is refused and what is accepted.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  // Without its input an issue does not tell a missing field from one of the wrong type.
  const parsed = schema.safeParse(input, { reportInput: true });
  const problems = parsed.success ? [] : parsed.error.issues.map(toProblem);
  for (const broken of findBroken(input))
    if (!problems.some(({ field }) => field === broken.field)) problems.push(broken);
  if (!parsed.success || problems.length > 0) throw new InvalidInput(problems);
  return parsed.data;
}

/** Texts, names of fields included, that neither Postgres nor Temporal keeps. */
function findBroken(input: unknown): FieldProblem[] {
  const problem = "contains a NUL or half a character";
  const open: [field: string, value: unknown][] = [["", input]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [field, value] = next;
    if (typeof value === "string" && !isText(value)) return [{ field: field || "input", problem }];
    if (typeof value !== "object" || value === null) continue;
    // Bytes, streams and dates hold no text.
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) continue;
    for (const [name, item] of Object.entries(value)) {
      if (!isText(name)) return [{ field: field || "input", problem }];
      open.push([field === "" ? name : `${field}.${name}`, item]);
    }
  }
  return [];
}

function toProblem(issue: z.core.$ZodIssue): FieldProblem {
  const field = issue.path.map(String).join(".") || "input";
  if (issue.code === "unrecognized_keys") {
    return { field: issue.keys.join(", "), problem: "is not known; check the spelling" };
  }
  if (issue.code === "invalid_type" && issue.input === undefined) return { field, problem: "is missing" };
  return { field, problem: lowerFirst(issue.message) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Postgres and Temporal keep neither a NUL nor half a character. */
export function isText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

const tenantPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;
/** Postgres's largest bigint. */
const largestId = "9223372036854775807";
const nodePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

export const tenantIdSchema = z
  .string()
  .regex(
    tenantPattern,
    "must be 1 to 63 lower-case letters, digits, - or _, beginning with a letter or digit",
  );
export const nodeIdSchema = z
  .string()
  .regex(
    nodePattern,
    "must be 1 to 63 lower-case letters, digits, -, _ or ., beginning with a letter or digit",
  );
export const uuidSchema = z.uuid("must be a UUID, such as the one shown when it was created");
export const contactIdSchema = z
  .string()
  .regex(/^[1-9]\d{0,18}$/, "must be a contact's number")
  .refine((text) => text.length < 19 || text <= largestId, "must be a contact's number");

/** One line of text that may end up in a header or a table. */
export const nameSchema = z
  .string()
  .trim()
  .min(1, "is empty")
  .max(200, "is longer than 200 characters")
  .refine((text) => !hasControlCharacter(text), "contains a control character or line break");

/** A mail address, normalised. */
export const addressSchema = z.string().transform((text, context) => {
  const check = checkAddress(text);
  if (check.kind === "valid") return check.address;
  context.addIssue({ code: "custom", message: `${check.problem}; give an address like name@example.com` });
  return z.NEVER;
});

export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, "is not a time zone; give an IANA name such as Europe/Berlin or UTC");

export const rateSchema = z
  .number()
  .positive("must be above zero")
  .max(1_000_000, "must be at most 1,000,000");

export const instantSchema = z.union(
  [z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))],
  "must be a Date or an ISO date and time with its zone, such as 2026-12-01T09:00:00Z",
);

const minuteMs = 60_000;
const longestMinutes = 30 * 24 * 60;
/** As milliseconds. */
export const durationSchema = z
  .strictObject({
    days: z.int("must be a whole number").min(0, "must not be negative").default(0),
    hours: z.int("must be a whole number").min(0, "must not be negative").default(0),
    minutes: z.int("must be a whole number").min(0, "must not be negative").default(0),
  })
  .transform(({ days, hours, minutes }) => (days * 24 + hours) * 60 + minutes)
  .refine((minutes) => minutes <= longestMinutes, "must be 30 days at most")
  .transform((minutes) => minutes * minuteMs);

/** Rows of one page. */
export const pageSizeSchema = z
  .int()
  .min(1, "must be at least 1")
  .max(1_000, "must be at most 1,000")
  .default(100);

/** Of what has names of its own. */
export const namePageSchema = z.strictObject({
  /** Name of the last row of the page before. */
  after: nameSchema.optional(),
  limit: pageSizeSchema,
});
export type NamePage = z.input<typeof namePageSchema>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Who does it, and why: kept in the audit log. */
export const authorship = { actor: nameSchema.default("sdk"), because: nameSchema.optional() };
