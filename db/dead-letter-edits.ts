import type pg from "pg";
import { Conflict, InvalidInput } from "../domain/errors.js";
import { recordAudit, type Authorship } from "./audit-log.js";
import type { DeadLetterDetail, DeadLetterDetails, DeadLetterRef } from "./dead-letter-details.js";
import { transaction } from "./pool.js";

/** By the letter's kind; checked at the edge. */
export type LetterChange =
  | { kind: "email"; recipient?: string; variables?: Record<string, unknown> }
  | { kind: "webhook"; data: Record<string, unknown> }
  | { kind: "import.row"; values: Record<string, string> };

export interface DeadLetterEdits {
  /**
   * Changes what the next attempt says, and keeps in the audit log how it was.
   * @throws NotFound, Conflict when the letter is resolved or its work is no longer dead, InvalidInput
   */
  editDeadLetter(ref: DeadLetterRef, change: LetterChange, by: Authorship): Promise<DeadLetterDetail>;
}

export function createDeadLetterEdits(pool: pg.Pool, details: DeadLetterDetails): DeadLetterEdits {
  return {
    async editDeadLetter(ref, change, by) {
      const before = await details.loadDeadLetter(ref);
      await transaction(pool, async (client) => {
        await lockOpen(client, ref);
        const changed = await apply(client, ref, change);
        if (!changed) throw notDead(ref);
        await recordAudit(client, {
          ...{ tenantId: ref.tenantId, ...by, action: "dead_letters.edit", subject: ref.deadLetterId },
          ...{ before: before.payload, after: changeOf(change) },
        });
      });
      return details.loadDeadLetter(ref);
    },
  };
}

async function lockOpen(client: pg.PoolClient, { tenantId, deadLetterId }: DeadLetterRef): Promise<void> {
  const { rows } = await client.query<{ resolution: string | null }>(
    "select resolution from dead_letters where tenant_id = $1 and dead_letter_id = $2 for update",
    [tenantId, deadLetterId],
  );
  const { resolution } = rows[0] ?? { resolution: "removed" };
  if (resolution === null) return;
  throw new Conflict(`Dead letter ${deadLetterId} is ${resolution}; only an open one can be edited.`, {
    deadLetterId,
    resolution,
  });
}

function apply(client: pg.PoolClient, ref: DeadLetterRef, change: LetterChange): Promise<boolean> {
  switch (change.kind) {
    case "email":
      return changeEmail(client, ref, change);
    case "webhook":
      return changed(
        client,
        `update webhook_deliveries w set data = $3 from dead_letters d
         where d.tenant_id = $1 and d.dead_letter_id = $2 and w.delivery_id = d.delivery_id and w.tenant_id = $1
           and w.status = 'dead'`,
        [ref.tenantId, ref.deadLetterId, JSON.stringify(change.data)],
      );
    case "import.row":
      return changed(
        client,
        `update dead_letters set payload = $3
         where tenant_id = $1 and dead_letter_id = $2 and kind = 'import.row'`,
        [ref.tenantId, ref.deadLetterId, JSON.stringify(change.values)],
      );
  }
}

/** The variables are the email's: of one with several recipients, all that are still to be reached get the new ones. */
async function changeEmail(
  client: pg.PoolClient,
  { tenantId, deadLetterId }: DeadLetterRef,
  { recipient, variables }: Extract<LetterChange, { kind: "email" }>,
): Promise<boolean> {
  if (recipient !== undefined && (await isTwin(client, { tenantId, deadLetterId, recipient }))) {
    const problem = "is an address that gets this email already; give another one";
    throw new InvalidInput([{ field: "recipient", problem }]);
  }
  return changed(
    client,
    `with said as (
       update emails e set variables = coalesce($4::jsonb, e.variables) from dead_letters d
       where d.tenant_id = $1 and d.dead_letter_id = $2 and e.email_id = d.email_id and e.tenant_id = $1
     )
     update email_recipients r set email = coalesce($3, r.email) from dead_letters d
     where d.tenant_id = $1 and d.dead_letter_id = $2 and r.email_id = d.email_id and r.position = d.email_position
       and r.tenant_id = $1 and r.status = 'dead'`,
    [tenantId, deadLetterId, recipient ?? null, variables === undefined ? null : JSON.stringify(variables)],
  );
}

async function isTwin(
  client: pg.PoolClient,
  { tenantId, deadLetterId, recipient }: DeadLetterRef & { recipient: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from dead_letters d join email_recipients r on r.email_id = d.email_id and r.tenant_id = d.tenant_id
     where d.tenant_id = $1 and d.dead_letter_id = $2 and r.position <> d.email_position and r.email = $3`,
    [tenantId, deadLetterId, recipient],
  );
  return rowCount !== 0;
}

async function changed(client: pg.PoolClient, text: string, values: unknown[]): Promise<boolean> {
  const { rowCount } = await client.query(text, values);
  return rowCount === 1;
}

function changeOf({ kind: _kind, ...change }: LetterChange): Record<string, unknown> {
  return change;
}

function notDead({ deadLetterId }: DeadLetterRef): Conflict {
  return new Conflict(`The work of dead letter ${deadLetterId} is no longer dead, or was removed.`, {
    deadLetterId,
  });
}
