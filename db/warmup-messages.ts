import type pg from "pg";

/** What one mailbox of the pool wrote to another. */
export interface PoolMessage {
  messageId: string;
  threadId: string;
  /** Messages of its thread before it. */
  depth: number;
  from: string;
  to: string;
  mailboxProvider: string;
  day: string;
  dueAt: Date;
  status: "planned" | "sent" | "skipped";
  reason: string | null;
  emailId: string | null;
  sentAt: Date | null;
  placement: "inbox" | "junk" | "missing" | null;
  foundAt: Date | null;
  /** What was done with it where it arrived. */
  actions: string[];
}

export interface PoolMessageReader {
  /** Newest first; `before` is the last one of the page before. */
  listMessages(query: {
    tenantId: string;
    mailboxId?: string | undefined;
    before?: string | undefined;
    limit: number;
  }): Promise<PoolMessage[]>;
}

export function createPoolMessageReader(pool: pg.Pool): PoolMessageReader {
  return {
    async listMessages({ tenantId, mailboxId, before, limit }) {
      const { rows } = await pool.query<PoolMessage>(
        `select p.message_id as "messageId", p.thread_id as "threadId", p.depth, f.address as "from", t.address as "to",
           p.mailbox_provider as "mailboxProvider", p.day, p.due_at as "dueAt", p.status, p.reason, p.email_id as "emailId",
           p.sent_at as "sentAt", p.placement, p.found_at as "foundAt",
           array(select e.action from warmup_engagements e
             where e.message_id = p.message_id and e.done_at is not null and e.skipped is null order by e.done_at) as actions
         from warmup_messages p
         join warmup_mailboxes f on f.mailbox_id = p.from_mailbox
         join warmup_mailboxes t on t.mailbox_id = p.to_mailbox
         where p.tenant_id = $1 and ($2::uuid is null or p.from_mailbox = $2 or p.to_mailbox = $2)
           and ($3::uuid is null or p.message_id < $3)
         order by p.message_id desc limit $4`,
        [tenantId, mailboxId ?? null, before ?? null, limit],
      );
      return rows;
    },
  };
}
