import { healthWindowDays } from "../domain/receiver-rates.js";
import type { Authentication, ReputationFacts, ReputationKind } from "../domain/reputation.js";
import type { Queryable } from "./pool.js";

export interface ReputationSubject {
  /** `*`: the platform's. */
  tenantId: string;
  kind: ReputationKind;
  subject: string;
  /** Of a domain or a node; empty: all its mail. */
  mailboxProvider: string;
}

export interface SubjectFacts extends ReputationSubject, ReputationFacts {}

/** Two weeks: the one that is scored, and the one before. */
const measuredDays = 2 * healthWindowDays;

export interface FactsOf {
  /** `*`: of nodes that every tenant may use. */
  tenantIds: readonly string[];
  /** The last day that counts, by the calendar of the time zone. */
  day: string;
  timeZone: string;
}

/** Of all that these tenants' mail left from and went to: a statement for domains and mailbox providers, one for nodes. */
export async function loadReputationFacts(db: Queryable, of: FactsOf): Promise<SubjectFacts[]> {
  const parameters = [of.tenantIds, of.day, of.timeZone];
  const { rows: domains } = await db.query<FactsRow>(domainsText, parameters);
  const { rows: nodes } = await db.query<FactsRow>(nodesText, parameters);
  return [...domains, ...nodes].map(toFacts);
}

interface FactsRow extends ReputationSubject {
  accepted: number;
  deferred: number;
  bounced: number;
  complained: number;
  opened: number;
  clicked: number;
  acceptedBefore: number;
  volumes: number[];
  authentication: Authentication | null;
  listedOn: string[] | null;
}

function toFacts({ tenantId, kind, subject, mailboxProvider, ...row }: FactsRow): SubjectFacts {
  const { accepted, deferred, bounced, complained, opened, clicked, acceptedBefore, volumes } = row;
  return {
    ...{ tenantId, kind, subject, mailboxProvider },
    week: { accepted, deferred, bounced, complained, opened, clicked },
    ...{ acceptedBefore, volumes },
    authentication: kind === "domain" ? row.authentication : undefined,
    listedOn: kind === "mailbox-provider" ? undefined : (row.listedOn ?? []),
  };
}

/** A day more at both ends, because hours are told in UTC. */
const hoursOf = (columns: string, where: string) => `
  hours as (
    select ${columns}, mailbox_provider, (hour at time zone $3)::date as day, accepted, deferred, bounced + returned as bounced,
      complained, opened, clicked, accepted + deferred + bounced + rejected as tried
    from delivery_hours where ${where} and hour >= $2::date - ${measuredDays} and hour < $2::date + 2
  )`;

const summed = ["accepted", "deferred", "bounced", "complained", "opened", "clicked", "tried"]
  .map((name) => `sum(${name}) as ${name}`)
  .join(", ");

const thisWeek = ["accepted", "deferred", "bounced", "complained", "opened", "clicked"]
  .map(
    (name) =>
      `coalesce(sum(${name}) filter (where day > $2::date - ${healthWindowDays}), 0)::float8 as ${name}`,
  )
  .join(", ");

/** Of each subject, with the sums of its days. */
const weeksOf = `
  weeks as (
    select tenant_id, kind, subject, mailbox_provider, ${thisWeek},
      coalesce(sum(accepted) filter (where day <= $2::date - ${healthWindowDays}), 0)::float8 as accepted_before,
      coalesce(array_agg(tried::float8 order by day) filter (where tried > 0), '{}') as volumes
    from days where day > $2::date - ${measuredDays} and day <= $2::date
    group by tenant_id, kind, subject, mailbox_provider
  )`;

const factsOfWeek = `w.tenant_id as "tenantId", w.kind, w.subject, w.mailbox_provider as "mailboxProvider", w.accepted, w.deferred,
  w.bounced, w.complained, w.opened, w.clicked, w.accepted_before as "acceptedBefore", w.volumes`;

const domainsText = `
  with ${hoursOf("tenant_id, from_domain", "tenant_id = any ($1)")}, days as (
    select tenant_id, case when grouping(from_domain) = 0 then 'domain' else 'mailbox-provider' end as kind,
      case when grouping(from_domain) = 0 then from_domain else mailbox_provider end as subject,
      case when grouping(from_domain) = 0 and grouping(mailbox_provider) = 0 then mailbox_provider else '' end
        as mailbox_provider,
      day, ${summed}
    from hours group by grouping sets
      ((tenant_id, from_domain, day), (tenant_id, from_domain, mailbox_provider, day), (tenant_id, mailbox_provider, day))
  ), ${weeksOf}
  select ${factsOfWeek},
    (select c.status from domain_checks c where w.kind = 'domain' and c.tenant_id = w.tenant_id and c.domain = w.subject
      order by c.check_id desc limit 1) as authentication,
    (select array_agg(distinct b.zone order by b.zone) from blacklist_standings b
      where w.kind = 'domain' and b.status = 'listed' and b.tenant_id in (w.tenant_id, '*') and b.subject = w.subject)
      as "listedOn"
  from weeks w`;

const nodesText = `
  with of_nodes as (
    select coalesce(n.tenant_id, '*') as tenant_id, n.node_id,
      case when n.sending_ips <> '{}' then n.sending_ips
        else array(select a.address from node_addresses a where a.node_id = n.node_id) end
        || coalesce(lower(n.return_path_domain), '') as subjects
    from nodes n where coalesce(n.tenant_id, '*') = any ($1)
  ), ${hoursOf("node_id", "node_id = any (array(select node_id from of_nodes))")}, days as (
    select o.tenant_id, 'node' as kind, h.node_id as subject,
      case when grouping(mailbox_provider) = 0 then mailbox_provider else '' end as mailbox_provider, day, ${summed}
    from hours h join of_nodes o on o.node_id = h.node_id
    group by grouping sets ((o.tenant_id, h.node_id, day), (o.tenant_id, h.node_id, mailbox_provider, day))
  ), ${weeksOf}
  select ${factsOfWeek}, null as authentication,
    (select array_agg(distinct b.zone order by b.zone) from blacklist_standings b
      where b.status = 'listed' and b.tenant_id = w.tenant_id and b.subject = any (o.subjects)) as "listedOn"
  from weeks w join of_nodes o on o.node_id = w.subject`;
