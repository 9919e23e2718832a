import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { maxBatchSize } from "../domain/batching.js";
import { Conflict } from "../domain/errors.js";

export interface WaveSend {
  sequenceId: string;
  tenantId: string;
  step: number;
  wave: number;
  templateVersionId: string;
  /** The ledger's partition. */
  month: string;
}

/**
 * Adds recipients to the send of a step and wave, made when its first recipients come. A send for each step and wave, not one
 * that grows: a contact is in it once, as the ledger demands; it lies in one month's partition; and it ends, is counted, retried
 * and cancelled like any other. Contacts come in order, above those of the page before.
 */
export async function addToWaveSend(
  client: pg.PoolClient,
  send: WaveSend,
  contactIds: string[],
): Promise<string> {
  const sendId = await ensureSend(client, send);
  await client.query(
    `with placed as (
       select c.contact_id, c.email, row_number() over (order by c.contact_id) - 1 as nth
       from contacts c where c.tenant_id = $2 and c.contact_id = any ($3::bigint[])
     ), inserted as (
       insert into email_sends (send_month, send_id, contact_id, tenant_id, position, email)
       select s.send_month, s.send_id, p.contact_id, s.tenant_id, (s.recipients + p.nth)::int, p.email
       from campaign_sends s, placed p where s.send_id = $1 order by p.nth
       returning contact_id, position
     ), cut as (
       select contact_id, position, (row_number() over (order by contact_id) - 1) / $4::int as chunk from inserted
     ), batches as (
       insert into campaign_send_batches
         (send_id, batch_no, tenant_id, from_contact, to_contact, first_position, recipients)
       select $1::uuid, (select batches from campaign_sends where send_id = $1) + 1 + chunk, $2, min(contact_id),
         max(contact_id), min(position), count(*)
       from cut group by chunk
       returning batch_no
     )
     update campaign_sends set recipients = recipients + (select count(*) from inserted),
       batches = batches + (select count(*) from batches)
     where send_id = $1`,
    [sendId, send.tenantId, contactIds, maxBatchSize],
  );
  return sendId;
}

async function ensureSend(client: pg.PoolClient, send: WaveSend): Promise<string> {
  const runKey = `step-${send.step}/wave-${send.wave}`;
  await client.query(
    `insert into campaign_sends (send_id, tenant_id, campaign_id, run_key, send_month, template_version_id)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (campaign_id, run_key) do nothing`,
    [uuidv7(), send.tenantId, send.sequenceId, runKey, send.month, send.templateVersionId],
  );
  const { rows } = await client.query<{ send_id: string }>(
    "select send_id from campaign_sends where campaign_id = $1 and run_key = $2 and tenant_id = $3 and not snapshot_done",
    [send.sequenceId, runKey, send.tenantId],
  );
  if (!rows[0]) throw new Conflict(`Send ${runKey} of sequence ${send.sequenceId} is complete.`, { ...send });
  return rows[0].send_id;
}
