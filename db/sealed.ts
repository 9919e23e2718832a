import type { EncryptionKey } from "../domain/encryption-key.js";
import { ConfigInvalid, SecretUnreadable } from "../domain/errors.js";
import { createKeyring } from "./keyring.js";

/** Where a secret stands. What was sealed for one place opens at no other, so a row cannot be given another's secret. */
export interface SecretPlace {
  column:
    | "nodes.password"
    | "dkim_keys.private_key"
    | "webhook_endpoints.secret"
    | "users.totp_secret"
    | "idempotency_keys.body"
    | "warmup_mailboxes.imap_password"
    | "vapid_keys.private_key";
  /** The row's key. */
  row: readonly string[];
}

/** Secrets as they stand in Postgres: sealed, or plain where they were written before there were keys. */
export interface Sealer {
  readonly hasKeys: boolean;
  /** @throws ConfigInvalid without a key */
  seal(plain: string, place: SecretPlace): string;
  /** @throws SecretUnreadable saying whose it is and what to do */
  open(stored: string, place: SecretPlace): string;
  /** `sealed` with the first key, `stale` with another one, or `plain`. */
  stateOf(stored: string): "sealed" | "stale" | "plain";
  /** @throws ConfigInvalid without a key */
  requireKeys(): void;
}

export const nodePassword = (nodeId: string): SecretPlace => ({ column: "nodes.password", row: [nodeId] });

export const dkimPrivateKey = (tenantId: string, domain: string, selector: string): SecretPlace => ({
  column: "dkim_keys.private_key",
  row: [tenantId, domain.toLowerCase(), selector],
});

/** The previous secret, too: a rotation moves the one to the other without opening it. */
export const webhookSecret = (webhookId: string): SecretPlace => ({
  column: "webhook_endpoints.secret",
  row: [webhookId],
});

export const warmupMailboxPassword = (mailboxId: string): SecretPlace => ({
  column: "warmup_mailboxes.imap_password",
  row: [mailboxId],
});

/** There is one pair. */
export const vapidPrivateKey: SecretPlace = { column: "vapid_keys.private_key", row: ["1"] };

export const totpSecret = (userId: string): SecretPlace => ({ column: "users.totp_secret", row: [userId] });

/** Of whoever used the Idempotency-Key. */
export const keptAnswer = (owner: string, key: string): SecretPlace => ({
  column: "idempotency_keys.body",
  row: [owner, key],
});

/** `sealed:v1:<key's id>:<base64url>` */
const notation = /^sealed:v1:([a-z0-9][a-z0-9_-]*):([A-Za-z0-9_-]+)$/;

/** @param onUnreadable told each time before it is thrown */
export function createSealer(
  keys: readonly EncryptionKey[],
  onUnreadable: (error: SecretUnreadable) => void = () => undefined,
): Sealer {
  const ring = createKeyring(keys);
  const requireKeys = (): void => {
    if (ring.firstId === null) throw new ConfigInvalid([noKeys]);
  };
  const refuse = (place: SecretPlace, why: string, cause: unknown): never => {
    const error = new SecretUnreadable(nameOf(place), `${why}, or ${remedies[place.column](place)}`, {
      cause,
    });
    onUnreadable(error);
    throw error;
  };
  return {
    hasKeys: ring.firstId !== null,
    requireKeys,
    seal(plain, place) {
      requireKeys();
      const { keyId, sealed } = ring.seal(Buffer.from(plain), boundTo(place));
      return `sealed:v1:${keyId}:${sealed.toString("base64url")}`;
    },
    open(stored, place) {
      const [, keyId, encoded] = notation.exec(stored) ?? [];
      if (keyId === undefined || encoded === undefined) return stored;
      if (!ring.has(keyId)) {
        const cause = ring.firstId === null ? new ConfigInvalid([noKeys]) : undefined;
        const why = `it was sealed with key ${keyId}, which FLOE_ENCRYPTION_KEYS does not have; add that key`;
        return refuse(place, why, cause);
      }
      try {
        return ring.open(keyId, Buffer.from(encoded, "base64url"), boundTo(place)).toString();
      } catch (cause) {
        const why = `key ${keyId} does not open it: it was changed, or sealed with another key of that id; correct FLOE_ENCRYPTION_KEYS`;
        return refuse(place, why, cause);
      }
    },
    stateOf(stored) {
      const [, keyId] = notation.exec(stored) ?? [];
      if (keyId === undefined) return "plain";
      return keyId === ring.firstId ? "sealed" : "stale";
    },
  };
}

const noKeys = {
  field: "FLOE_ENCRYPTION_KEYS",
  problem:
    "is not set; passwords and keys are kept encrypted. Set it to id:key for every process and command, such as main: and what `openssl rand -base64 32` prints",
};

function boundTo({ column, row }: SecretPlace): string {
  return JSON.stringify([column, ...row]);
}

/** As a person calls it. */
function nameOf({ column, row }: SecretPlace): string {
  switch (column) {
    case "nodes.password":
      return `the password of node ${row[0]}`;
    case "dkim_keys.private_key":
      return `DKIM key ${row[2]}._domainkey.${row[1]} of tenant ${row[0]}`;
    case "webhook_endpoints.secret":
      return `the secret of webhook ${row[0]}`;
    case "users.totp_secret":
      return `the TOTP secret of user ${row[0]}`;
    case "idempotency_keys.body":
      return `the answer kept for Idempotency-Key ${row[1]} of ${row[0]}`;
    case "warmup_mailboxes.imap_password":
      return `the password of warmup mailbox ${row[0]}`;
    case "vapid_keys.private_key":
      return "the VAPID key of web push";
  }
}

const remedies: Record<SecretPlace["column"], (place: SecretPlace) => string> = {
  "nodes.password": ({ row }) => `give the password again: floe nodes set ${row[0]}`,
  "dkim_keys.private_key": ({ row }) => `add the key again: floe dkim add ${row[1]} --selector ${row[2]}`,
  "webhook_endpoints.secret": ({ row }) =>
    `make a new one: floe webhooks rotate-secret ${row[0]} --keep-old-ms 0`,
  "warmup_mailboxes.imap_password": ({ row }) =>
    `give the password again: floe warmup mailbox set ${row[0]} --password-file <file>`,
  "vapid_keys.private_key": () =>
    "delete the row of vapid_keys: browsers must subscribe again to the pair that is made then",
  "users.totp_secret": ({ row }) => `let them set up TOTP again: floe users reset-totp ${row[0]}`,
  "idempotency_keys.body": () =>
    "ask again under another Idempotency-Key: it was carried out, and is forgotten after a day",
};
