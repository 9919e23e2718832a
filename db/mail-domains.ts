import type pg from "pg";

/** What is known of a domain that mail goes to. */
export interface MailDomain {
  domain: string;
  /** Null: nobody known runs its mailboxes, as far as one knows. */
  mailboxProvider: string | null;
  isLookedUp: boolean;
}

/** What a look at a domain's mail servers found. */
export interface FoundMailDomain {
  domain: string;
  /** `failed`: no name server answered; what was known stays. */
  found: { kind: "servers"; mailboxProvider: string | null } | { kind: "absent" } | { kind: "failed" };
}

export interface MailDomainStore {
  /** Of each; those that are new are looked up soon. */
  loadMailDomains(domains: readonly string[]): Promise<MailDomain[]>;
  /** Those to be looked up now; nobody else gets them for a while. What nobody writes to any more is forgotten. */
  claimMailDomains(limit: number): Promise<string[]>;
  recordMailDomains(found: readonly FoundMailDomain[]): Promise<void>;
  forgetMailDomains(): Promise<void>;
}

export function createMailDomainStore(pool: pg.Pool): MailDomainStore {
  return {
    loadMailDomains: (domains) => loadMailDomains(pool, domains),
    claimMailDomains: (limit) => claimMailDomains(pool, limit),
    recordMailDomains: (found) => recordMailDomains(pool, found),
    forgetMailDomains: async () => void (await pool.query("delete from mail_domains")),
  };
}

async function loadMailDomains(pool: pg.Pool, domains: readonly string[]): Promise<MailDomain[]> {
  const { rows } = await pool.query<MailDomain>({
    name: "load-mail-domains",
    // In one order, so that batches which learn of the same domains wait for one another and never in a circle.
    text: `
      with asked as (select distinct d as domain from unnest($1::text[]) d),
      learned as (
        insert into mail_domains as m (domain)
        select a.domain from asked a left join mail_domains k on k.domain = a.domain
        where k.domain is null or k.asked_at < now() - interval '1 day' order by a.domain
        on conflict (domain) do update set asked_at = now() where m.asked_at < now() - interval '1 day'
      )
      select a.domain, m.mailbox_provider as "mailboxProvider", m.looked_up_at is not null as "isLookedUp"
      from asked a left join mail_domains m on m.domain = a.domain`,
    values: [domains],
  });
  return rows;
}

async function claimMailDomains(pool: pg.Pool, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ domain: string }>({
    name: "claim-mail-domains",
    text: `
      with due as (
        select domain, asked_at < now() - interval '30 days' as unused from mail_domains
        where look_after <= now() order by look_after limit $1 for update skip locked
      ), forgotten as (
        delete from mail_domains m using due where m.domain = due.domain and due.unused
      )
      update mail_domains m set look_after = now() + interval '2 minutes'
      from due where m.domain = due.domain and not due.unused returning m.domain`,
    values: [limit],
  });
  return rows.map(({ domain }) => domain);
}

/** Mail servers hardly ever change: looked up again after a day; what is not there after six hours, what failed by backoff. */
async function recordMailDomains(pool: pg.Pool, found: readonly FoundMailDomain[]): Promise<void> {
  await pool.query({
    name: "record-mail-domains",
    text: `
      update mail_domains m set
        mailbox_provider = case when f.kind = 'failed' then m.mailbox_provider else f.provider end,
        looked_up_at = case when f.kind = 'failed' then m.looked_up_at else now() end,
        failures = case when f.kind = 'failed' then m.failures + 1 else 0 end,
        look_after = now() + case f.kind when 'servers' then interval '1 day' when 'absent' then interval '6 hours'
          else least(interval '6 hours', interval '1 minute' * 2 ^ least(m.failures, 10)) end
      from unnest($1::text[], $2::text[], $3::text[]) as f (domain, kind, provider)
      where m.domain = f.domain`,
    values: [
      found.map(({ domain }) => domain),
      found.map((each) => each.found.kind),
      found.map((each) => (each.found.kind === "servers" ? each.found.mailboxProvider : null)),
    ],
  });
}
