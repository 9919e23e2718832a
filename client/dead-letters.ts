import type { DeadLetterDetail, DeadLetterDetails } from "../db/dead-letter-details.js";
import type { DeadLetterEdits, LetterChange } from "../db/dead-letter-edits.js";
import type { DeadLetter, DeadLetterPreview, DeadLetterStore } from "../db/dead-letters.js";
import { Conflict, InvalidInput } from "../domain/errors.js";
import { importFields, isImportField } from "../domain/import-columns.js";
import { parseImportRow } from "../domain/import-row.js";
import type { WalkedPage } from "../domain/walked-page.js";
import { sendRefSchema, type SendRef } from "./campaign-input.js";
import {
  dismissSchema,
  editSchema,
  pageSchema,
  previewSchema,
  purgeableSchema,
  purgeSchema,
  refSchema,
  type DeadLetterEdit,
  type DeadLetterInput,
  type DeadLettersFilter,
  type DeadLettersQuery,
  type Dismissal,
  type PurgeFilter,
  type PurgeInput,
} from "./dead-letter-input.js";
import { parseInput } from "./input.js";
import type { Replays } from "./replays.js";
import type { SendSteering } from "./send-steering.js";

export type { DeadLetterDetail, LetterAttempt } from "../db/dead-letter-details.js";
export type { DeadLetter, DeadLetterPreview } from "../db/dead-letters.js";
export type {
  DeadLetterEdit,
  DeadLettersFilter,
  DeadLettersQuery,
  Dismissal,
  PurgeInput,
} from "./dead-letter-input.js";

export interface DeadLetters extends Replays {
  /** Open ones, oldest first. */
  list(query: DeadLettersQuery): Promise<DeadLetter[]>;
  /** One page of the next open letters; fewer when few of them match the filter, and `next` goes on. */
  walk(query: DeadLettersQuery): Promise<WalkedPage<DeadLetter>>;
  /** How many open ones a filter matches, why, and the first of them: what a replay would take up. */
  preview(filter: DeadLettersFilter): Promise<DeadLetterPreview & { sample: DeadLetter[] }>;
  /** With what it was about, its attempts and the letters before it. @throws NotFound */
  get(ref: DeadLetterInput): Promise<DeadLetterDetail>;
  /**
   * Changes what the next attempt says: recipient and variables of a single email, the data of a webhook's event, the
   * values of a refused row. How it was stays in the audit log.
   * @throws InvalidInput, NotFound, Conflict when the letter is resolved, or of a kind that cannot be edited
   */
  edit(edit: DeadLetterEdit): Promise<DeadLetterDetail>;
  /** Closes dead letters without another attempt; their recipients stay `dead`. */
  dismiss(dismissal: Dismissal): Promise<{ dismissed: number }>;
  /** How many letters a purge would remove now. */
  countPurgeable(filter: PurgeFilter): Promise<{ count: number; createdBefore: Date }>;
  /**
   * Removes old letters for good. The work itself stays as it is.
   * @throws InvalidInput, Conflict when another number than expected would be removed
   */
  purge(purge: PurgeInput): Promise<{ purged: number }>;
  /** Takes all dead recipients of a send up again. @throws NotFound, Conflict when it was cancelled. */
  retry(send: SendRef): Promise<{ revived: number }>;
}

export interface DeadLetterPorts {
  store: DeadLetterStore;
  details: DeadLetterDetails;
  edits: DeadLetterEdits;
  replays: Replays;
  steering: Pick<SendSteering, "retryFailed">;
}

const sampleSize = 10;

export function createDeadLetters({
  store,
  details,
  edits,
  replays,
  steering,
}: DeadLetterPorts): DeadLetters {
  return {
    ...replays,
    list: async (query) => {
      const { tenantId, after, limit, ...filter } = parseInput(pageSchema, query);
      return store.listDeadLetters(tenantId, { filter, after, limit });
    },
    walk: async (query) => {
      const { tenantId, after, limit, ...filter } = parseInput(pageSchema, query);
      return store.walkDeadLetters(tenantId, { filter, after, limit });
    },
    preview: async (input) => {
      const { tenantId, ...filter } = parseInput(previewSchema, input);
      const [preview, sample] = await Promise.all([
        store.previewDeadLetters(tenantId, filter),
        store.walkDeadLetters(tenantId, { filter, limit: sampleSize }),
      ]);
      return { ...preview, sample: sample.rows };
    },
    get: async (ref) => details.loadDeadLetter(parseInput(refSchema, ref)),
    edit: async (input) => {
      const { tenantId, deadLetterId, actor, because, ...given } = parseInput(editSchema, input);
      const letter = await details.loadDeadLetter({ tenantId, deadLetterId });
      const change = toChange(letter, given);
      return edits.editDeadLetter({ tenantId, deadLetterId }, change, { actor, reason: because ?? null });
    },
    dismiss: async (dismissal) => {
      const { tenantId, deadLetterIds, actor, because } = parseInput(dismissSchema, dismissal);
      const by = { actor, reason: because ?? null };
      return { dismissed: await store.dismissDeadLetters(tenantId, deadLetterIds, by) };
    },
    countPurgeable: async (input) => {
      const { tenantId, olderThanDays, ...filter } = parseInput(purgeableSchema, input);
      const createdBefore = daysAgo(olderThanDays);
      return { count: await store.countPurgeable({ tenantId, filter, createdBefore }), createdBefore };
    },
    purge: async (input) => {
      const { tenantId, olderThanDays, expected, actor, because, ...filter } = parseInput(purgeSchema, input);
      const createdBefore = daysAgo(olderThanDays);
      const by = { actor, reason: because ?? null };
      return {
        purged: await store.purgeDeadLetters({ tenantId, filter, createdBefore, expected, ...by }),
      };
    },
    retry: async (send) => steering.retryFailed(parseInput(sendRefSchema, send)),
  };
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}

type Given = Pick<ReturnType<typeof editSchema.parse>, "recipient" | "variables" | "data" | "values">;

/** What may be said depends on what the letter is about. */
function toChange(letter: DeadLetterDetail, given: Given): LetterChange {
  const { recipient, variables, data, values } = given;
  if (letter.emailId !== null) {
    refuseOthers(given, ["recipient", "variables"]);
    return { kind: "email", ...(recipient && { recipient }), ...(variables && { variables }) };
  }
  if (letter.deliveryId !== null) {
    refuseOthers(given, ["data"]);
    return { kind: "webhook", data: data ?? {} };
  }
  if (letter.line !== null) {
    refuseOthers(given, ["values"]);
    return { kind: "import.row", values: checkValues(values ?? {}) };
  }
  const { deadLetterId } = letter;
  const what =
    letter.sendId !== null
      ? "A recipient of a campaign says what its contact and template say: change those, then send again"
      : "A job does what it was started with: start it anew with other input";
  throw new Conflict(`Dead letter ${deadLetterId} cannot be edited. ${what}.`, { deadLetterId });
}

function refuseOthers(given: Given, fields: (keyof Given)[]): void {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  const accepted = fields.join(", ");
  if (said.length === 0)
    throw new InvalidInput([{ field: accepted, problem: "is missing; give what to change" }]);
  const others = said.filter(([field]) => !(fields as string[]).includes(field));
  if (others.length === 0) return;
  const problem = `does not belong to a letter of this kind, which accepts ${accepted}`;
  throw new InvalidInput(others.map(([field]) => ({ field, problem })));
}

/** As an import would check them. */
function checkValues(values: Record<string, string>): Record<string, string> {
  const fields = Object.keys(values);
  if (!fields.includes("email")) throw new InvalidInput([{ field: "values.email", problem: "is missing" }]);
  const unknown = fields.filter((field) => !isImportField(field));
  if (unknown.length > 0) {
    const problem = `is not a field; use ${importFields.join(", ")} or attributes.<name>`;
    throw new InvalidInput(unknown.map((field) => ({ field: `values.${field}`, problem })));
  }
  const row = parseImportRow(Object.values(values), fields);
  if (row.kind === "contact") return values;
  throw new InvalidInput([{ field: `values.${row.field ?? "email"}`, problem: row.reason }]);
}
