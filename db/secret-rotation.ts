import type pg from "pg";
import {
  dkimPrivateKey,
  keptAnswer,
  nodePassword,
  totpSecret,
  vapidPrivateKey,
  warmupMailboxPassword,
  webhookSecret,
  type SecretPlace,
} from "./sealed.js";

/** A kind of secret, as whoever seals all of them anew goes through it. */
export interface StoredSecrets {
  kind: SecretKind;
  /** By key; `after` is the last row of the page before. */
  loadPage(after: readonly string[] | null, limit: number): Promise<StoredSecret[]>;
  /** False: somebody has changed it meanwhile, which seals it as well. */
  replace(secret: StoredSecret, sealed: string): Promise<boolean>;
}

export interface StoredSecret {
  place: SecretPlace;
  stored: string;
}

export const secretKinds = [
  "node",
  "dkim",
  "webhook",
  "webhook-previous",
  "totp",
  "kept-answer",
  "vapid",
  "warmup-mailbox",
] as const;
export type SecretKind = (typeof secretKinds)[number];

/** Every column of every tenant that holds secrets. */
export function createStoredSecrets(pool: pg.Pool): StoredSecrets[] {
  return [
    storedSecrets(pool, "node", ([nodeId = ""]) => nodePassword(nodeId), {
      page: `select array[node_id] as row, password as stored from nodes
        where password is not null and ($1::text[] is null or node_id > ($1::text[])[1])
        order by node_id limit $2`,
      replace: "update nodes set password = $3 where node_id = ($1::text[])[1] and password = $2",
    }),
    storedSecrets(
      pool,
      "dkim",
      ([tenantId = "", domain = "", selector = ""]) => dkimPrivateKey(tenantId, domain, selector),
      {
        page: `select array[tenant_id, domain, selector] as row, private_key as stored from dkim_keys
        where $1::text[] is null
          or (tenant_id, domain, selector) > (($1::text[])[1], ($1::text[])[2], ($1::text[])[3])
        order by tenant_id, domain, selector limit $2`,
        replace: `update dkim_keys set private_key = $3
        where tenant_id = ($1::text[])[1] and domain = ($1::text[])[2] and selector = ($1::text[])[3]
          and private_key = $2`,
      },
    ),
    storedSecrets(pool, "webhook", ([webhookId = ""]) => webhookSecret(webhookId), {
      page: `select array[webhook_id::text] as row, secret as stored from webhook_endpoints
        where $1::text[] is null or webhook_id > ($1::text[])[1]::uuid
        order by webhook_id limit $2`,
      replace:
        "update webhook_endpoints set secret = $3 where webhook_id = ($1::text[])[1]::uuid and secret = $2",
    }),
    storedSecrets(pool, "webhook-previous", ([webhookId = ""]) => webhookSecret(webhookId), {
      page: `select array[webhook_id::text] as row, previous_secret as stored from webhook_endpoints
        where previous_secret is not null and ($1::text[] is null or webhook_id > ($1::text[])[1]::uuid)
        order by webhook_id limit $2`,
      replace: `update webhook_endpoints set previous_secret = $3
        where webhook_id = ($1::text[])[1]::uuid and previous_secret = $2`,
    }),
    storedSecrets(pool, "totp", ([userId = ""]) => totpSecret(userId), {
      page: `select array[user_id::text] as row, totp_secret as stored from users
        where totp_secret is not null and ($1::text[] is null or user_id > ($1::text[])[1]::uuid)
        order by user_id limit $2`,
      replace: "update users set totp_secret = $3 where user_id = ($1::text[])[1]::uuid and totp_secret = $2",
    }),
    storedSecrets(pool, "kept-answer", ([owner = "", key = ""]) => keptAnswer(owner, key), {
      page: `select array[owner, key] as row, body as stored from idempotency_keys
        where body is not null and created_at > now() - interval '1 day'
          and ($1::text[] is null or (owner, key) > (($1::text[])[1], ($1::text[])[2]))
        order by owner, key limit $2`,
      replace: `update idempotency_keys set body = $3
        where owner = ($1::text[])[1] and key = ($1::text[])[2] and body = $2`,
    }),
    storedSecrets(pool, "vapid", () => vapidPrivateKey, {
      page: `select array[id::text] as row, private_key as stored from vapid_keys
        where $1::text[] is null or id > ($1::text[])[1]::smallint order by id limit $2`,
      replace:
        "update vapid_keys set private_key = $3 where id = ($1::text[])[1]::smallint and private_key = $2",
    }),
    storedSecrets(pool, "warmup-mailbox", ([mailboxId = ""]) => warmupMailboxPassword(mailboxId), {
      page: `select array[mailbox_id::text] as row, imap_password as stored from warmup_mailboxes
        where $1::text[] is null or mailbox_id > ($1::text[])[1]::uuid order by mailbox_id limit $2`,
      replace: `update warmup_mailboxes set imap_password = $3
        where mailbox_id = ($1::text[])[1]::uuid and imap_password = $2`,
    }),
  ];
}

function storedSecrets(
  pool: pg.Pool,
  kind: SecretKind,
  placeOf: (row: readonly string[]) => SecretPlace,
  sql: { page: string; replace: string },
): StoredSecrets {
  return {
    kind,
    async loadPage(after, limit) {
      const { rows } = await pool.query<{ row: string[]; stored: string }>(sql.page, [after, limit]);
      return rows.map(({ row, stored }) => ({ place: placeOf(row), stored }));
    },
    async replace({ place, stored }, sealed) {
      const { rowCount } = await pool.query(sql.replace, [place.row, stored, sealed]);
      return rowCount === 1;
    },
  };
}
