import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Floe } from "../client/connect.js";
import { benchTemplate, contact, isSuppressed, sender } from "./content.js";

export interface AudienceInput {
  /** The sink's. */
  port: number;
  connections: number;
  htmlKb: number;
  recipients: number;
}

/** A campaign that is ready to start. */
export interface Audience {
  tenantId: string;
  campaignId: string;
}

/**
 * A tenant of its own with a node that points at the sink, a template, a list and a campaign, and limits of every kind,
 * too high to hold anything back: permits are asked and counted as in production.
 */
export async function createAudience(floe: Floe, db: pg.Client, input: AudienceInput): Promise<Audience> {
  const tenantId = `bench-${randomUUID().slice(0, 8)}`;
  const nodeId = `${tenantId}-node`;
  const generous = { perSecond: 1_000_000, perDay: 1_000_000_000 };
  await floe.tenants.create({ tenantId });
  await floe.nodes.upsert({
    ...{ nodeId, tenantId, host: "127.0.0.1", port: input.port },
    ...{ maxConnections: input.connections, maxMessagesPerConnection: 1_000_000 },
  });
  await floe.limits.set({ scope: "tenant", key: tenantId, ...generous, concurrency: 1_000_000 });
  await floe.limits.set({ scope: "node", key: nodeId, ...generous });
  await floe.templates.save({ tenantId, name: "news", ...benchTemplate(input.htmlKb) });
  await floe.lists.create({ tenantId, name: "readers" });
  await insertContacts(db, tenantId, input.recipients);
  const { campaignId } = await floe.campaigns.create({
    tenantId,
    name: `${input.recipients} readers`,
    template: "news",
    list: "readers",
    fromEmail: sender.email,
    fromName: sender.name,
  });
  return { tenantId, campaignId };
}

const setSize = 10_000;

/** By SQL, because importing is not what is measured. */
async function insertContacts(db: pg.Client, tenantId: string, recipients: number): Promise<void> {
  for (let from = 1; from <= recipients; from += setSize) {
    const length = Math.min(setSize, recipients - from + 1);
    const contacts = Array.from({ length }, (_, i) => contact(from + i));
    await db.query(
      `with added as (
         insert into contacts (tenant_id, email, domain, first_name, attributes)
         select $1, email, split_part(email, '@', -1), first_name, attributes
         from unnest($2::text[], $3::text[], $4::jsonb[]) as c (email, first_name, attributes)
         returning contact_id
       )
       insert into list_contacts (list_id, contact_id)
       select l.list_id, added.contact_id from added, lists l where l.tenant_id = $1`,
      [
        tenantId,
        contacts.map(({ email }) => email),
        contacts.map(({ firstName }) => firstName),
        contacts.map(({ city, plan }) => ({ city, plan })),
      ],
    );
    await db.query(
      `insert into suppressions (tenant_id, kind, value, reason)
       select $1, 'address', value, 'unsubscribed' from unnest($2::text[]) as value`,
      [tenantId, contacts.filter(({ id }) => isSuppressed(id)).map(({ email }) => email)],
    );
  }
  await db.query("update lists set contact_count = $2 where tenant_id = $1", [tenantId, recipients]);
  await db.query("analyze");
}
