import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { ApiKey, ApiKeyStore } from "../db/api-keys.js";
import { isScope, roles } from "../domain/access.js";
import { keyText, newKeySecret } from "./api-key-text.js";
import { instantSchema } from "./campaign-input.js";
import { nameSchema, pageSizeSchema, parseInput, tenantIdSchema, uuidSchema } from "./input.js";

export type { ApiKey } from "../db/api-keys.js";

const dayMs = 24 * 3_600_000;
/** Null: the platform's. */
const ownerSchema = tenantIdSchema.nullable().default(null);
const actorSchema = nameSchema.default("sdk");

export const newKeySchema = z
  .strictObject({
    tenantId: ownerSchema,
    name: nameSchema,
    /** An admin's key is the platform's, every other one a tenant's. */
    role: z.enum(roles, `must be one of ${roles.join(", ")}`),
    /** Narrow the role, such as `emails:write`. */
    scopes: z
      .array(z.string().refine(isScope, "must look like emails:write or *:read"))
      .min(1, "is empty; leave it out for all that the role allows")
      .max(100, "has more than 100")
      .nullable()
      .default(null),
    expiresAt: instantSchema.nullable().default(null),
    actor: actorSchema,
  })
  .superRefine(({ tenantId, role, expiresAt }, context) => {
    if ((role === "admin") !== (tenantId === null)) {
      const message = tenantId === null ? "must be admin for a key of the platform" : "must not be admin";
      context.addIssue({ code: "custom", path: ["role"], message });
    }
    if (expiresAt !== null && expiresAt.getTime() <= Date.now())
      context.addIssue({ code: "custom", path: ["expiresAt"], message: "is over already" });
  });
export type NewKeyInput = z.input<typeof newKeySchema>;

export const keyRefSchema = z.strictObject({ tenantId: ownerSchema, keyId: uuidSchema });
export type KeyRef = z.input<typeof keyRefSchema>;

export const rotateKeySchema = keyRefSchema.extend({
  /** For so long the old one is let in, too. */
  keepOldMs: z
    .int()
    .min(0, "must not be negative")
    .max(30 * dayMs, "must be at most 30 days")
    .default(dayMs),
});
export type RotateKeyInput = z.input<typeof rotateKeySchema>;

export const keysSchema = z.strictObject({
  tenantId: ownerSchema,
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type KeysQuery = z.input<typeof keysSchema>;

/** The key itself is in this answer and in no other. */
export type ShownKey = ApiKey & { key: string };

export interface ApiKeys {
  /** @throws InvalidInput, NotFound (tenant) */
  create(key: NewKeyInput): Promise<ShownKey>;
  /** Newest first; `before` is the last key id of the page before. */
  list(query: KeysQuery): Promise<ApiKey[]>;
  /** @throws NotFound */
  get(ref: KeyRef): Promise<ApiKey>;
  /** A new secret under the same id. @throws NotFound when it was revoked */
  rotate(input: RotateKeyInput): Promise<ShownKey>;
  /** Within seconds nobody is let in by it. @throws NotFound */
  revoke(ref: KeyRef): Promise<ApiKey>;
}

export function createApiKeys(store: ApiKeyStore): ApiKeys {
  return {
    async create(input) {
      const { actor, expiresAt, ...key } = parseInput(newKeySchema, input);
      const keyId = uuidv7();
      const { secret, hash } = newKeySecret();
      const created = await store.createKey({ ...key, keyId, hash, createdBy: actor, expiresAt });
      return { ...created, key: keyText(keyId, secret) };
    },
    async list(query) {
      const { tenantId, ...page } = parseInput(keysSchema, query);
      return store.listKeys(tenantId, page);
    },
    async get(ref) {
      const { tenantId, keyId } = parseInput(keyRefSchema, ref);
      return store.loadKey(tenantId, keyId);
    },
    async rotate(input) {
      const { tenantId, keyId, keepOldMs } = parseInput(rotateKeySchema, input);
      const { secret, hash } = newKeySecret();
      const rotated = await store.rotateKey(tenantId, keyId, { hash, keepOldMs });
      return { ...rotated, key: keyText(keyId, secret) };
    },
    async revoke(ref) {
      const { tenantId, keyId } = parseInput(keyRefSchema, ref);
      return store.revokeKey(tenantId, keyId);
    },
  };
}
