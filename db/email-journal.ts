import type pg from "pg";
import type { BatchKey, Journal, JournalState } from "../activities/delivery-ports.js";
import { asError, Conflict, OwnershipLost } from "../domain/errors.js";
import { createGroupCommit } from "../domain/group-commit.js";

/**
 * The journal of single emails, in their ledger: an announcement is committed in Postgres before the message leaves, and
 * the same row lock decides whether a cancel came before it. Acceptances are not marked, they are settled at once: after a
 * crash, what was announced and not settled is in doubt.
 */
export function createEmailJournal(pool: pg.Pool): Journal {
  const announcers = new Map<string, Announcer>();

  return {
    marksAcceptances: false,
    async takeOver({ sendId: groupId }, token) {
      announcers.set(groupId, createAnnouncer(pool, groupId, token));
      return takeOver(pool, groupId, token);
    },
    reset: () => Promise.resolve(),
    announce(group, token, positions, answer) {
      announce(group, token, positions).then(
        () => answer(null),
        (error: unknown) => answer(asError(error)),
      );
    },
    accept: () => undefined,
    withdraw({ sendId: groupId }, positions) {
      announcers.get(groupId)?.withdraw(positions);
    },
    async drop({ sendId: groupId }) {
      announcers.delete(groupId);
    },
  };

  async function announce(group: BatchKey, token: string, positions: number[]): Promise<void> {
    const announcer = announcerOf(group, token);
    await announcer.announce(positions).catch((error: unknown) => {
      // Another attempt has the group now, perhaps in another process: nothing of this one is kept.
      if (error instanceof OwnershipLost) forget(group.sendId, announcer);
      throw error;
    });
  }

  function forget(groupId: string, announcer: Announcer): void {
    if (announcers.get(groupId) === announcer) announcers.delete(groupId);
  }

  function announcerOf(group: BatchKey, token: string): Announcer {
    const announcer = announcers.get(group.sendId);
    if (announcer?.token !== token) throw new OwnershipLost(group.sendId, group.batchNo);
    return announcer;
  }
}

/** Two statements: the second one sees what an announcement that held the lock until now has committed. */
async function takeOver(pool: pg.Pool, groupId: string, token: string): Promise<JournalState> {
  await pool.query("update email_groups set journal_token = $2 where group_id = $1", [groupId, token]);
  const { rows } = await pool.query<{ position: number }>(
    `select position from email_recipients
     where group_id = $1 and announced_at is not null and status in ('pending', 'deferred')`,
    [groupId],
  );
  return { existed: true, announced: new Set(rows.map(({ position }) => position)), accepted: new Set() };
}

interface Announcer {
  token: string;
  announce(positions: number[]): Promise<void>;
  withdraw(positions: number[]): void;
}

function createAnnouncer(pool: pg.Pool, groupId: string, token: string): Announcer {
  let withdrawn: Promise<unknown> = Promise.resolve();
  const announceOne = createGroupCommit<number, "announced" | "settled" | "lost">(
    async (positions) => {
      const { owned, announced } = await recordAnnouncement(pool, { groupId, token, positions });
      const done = new Set(announced);
      return positions.map((position) => (done.has(position) ? "announced" : owned ? "settled" : "lost"));
    },
    () => true,
  );

  return {
    token,
    async announce(positions) {
      // A withdrawal under way must not undo the announcement that follows it.
      await withdrawn;
      const answers = await Promise.all(positions.map(announceOne));
      if (answers.includes("lost")) throw new OwnershipLost(groupId, 0);
      if (answers.includes("settled"))
        throw new Conflict("The recipient was settled before its message left.", { groupId, positions });
    },
    withdraw(positions) {
      // One that fails leaves its recipients in doubt: flagged, never lost.
      withdrawn = withdrawn.then(() => withdraw(pool, { groupId, token, positions })).catch(() => undefined);
    },
  };
}

interface Marks {
  groupId: string;
  token: string;
  positions: number[];
}

async function recordAnnouncement(
  pool: pg.Pool,
  { groupId, token, positions }: Marks,
): Promise<{ owned: boolean; announced: number[] }> {
  const { rows } = await pool.query<{ owned: boolean; announced: number[] }>({
    name: "announce-emails",
    text: `
      with owner as materialized (
        -- Locked: a takeover waits until the announcement is committed, and then sees it.
        select 1 from email_groups where group_id = $1 and journal_token = $2 for share
      ), announced as (
        update email_recipients set announced_at = now()
        where group_id = $1 and position = any ($3::int[]) and status in ('pending', 'deferred')
          and exists (select from owner)
        returning position
      )
      select exists (select from owner) as owned, array(select position from announced) as announced`,
    values: [groupId, token, positions],
  });
  return rows[0] ?? { owned: false, announced: [] };
}

async function withdraw(pool: pg.Pool, { groupId, token, positions }: Marks): Promise<void> {
  await pool.query(
    `update email_recipients r set announced_at = null
     from email_groups g
     where g.group_id = $1 and g.journal_token = $2 and r.group_id = $1 and r.position = any ($3::int[])
       and r.status in ('pending', 'deferred')`,
    [groupId, token, positions],
  );
}
