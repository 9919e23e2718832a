import { z } from "zod";
import { keyRefSchema, keysSchema, newKeySchema, rotateKeySchema } from "../../client/api-keys.js";
import { roles, type Principal } from "../../domain/access.js";
import { operation } from "../operation.js";
import { createProblem, ProblemError } from "../problems.js";

const key = z.object({
  keyId: z.string(),
  tenantId: z.string().nullable(),
  name: z.string(),
  role: z.enum(roles),
  scopes: z.array(z.string()).nullable(),
  createdBy: z.string(),
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
  lastUsedAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
  previousUntil: z.date().nullable(),
});
const shownKey = key.extend({ key: z.string() });

const path = "/api/keys";
const common = { resource: "keys", level: "own" } as const;

export const keyOperations = [
  operation({
    ...common,
    ...{ id: "keys.create", method: "post", path, status: 201, secret: true },
    summary: "Create an API key; the key itself is in this answer and in no other",
    input: newKeySchema,
    output: shownKey,
    call: (floe, input, { principal }) => {
      refuseMore(principal, input.scopes);
      return floe.keys.create(input);
    },
  }),
  operation({
    ...common,
    ...{ id: "keys.list", method: "get", path, page: { cursor: "keyId", by: "before" } },
    summary: "API keys, newest first; never the keys themselves",
    input: keysSchema,
    output: key,
    call: (floe, input) => floe.keys.list(input),
  }),
  operation({
    ...common,
    ...{ id: "keys.get", method: "get", path: `${path}/:key_id` },
    summary: "One API key",
    input: keyRefSchema,
    output: key,
    call: (floe, input) => floe.keys.get(input),
  }),
  operation({
    ...common,
    ...{ id: "keys.rotate", method: "post", path: `${path}/:key_id/rotate`, secret: true },
    summary: "Give an API key a new secret; the old one is let in for a while",
    input: rotateKeySchema,
    output: shownKey,
    call: (floe, input) => floe.keys.rotate(input),
  }),
  operation({
    ...common,
    ...{ id: "keys.revoke", method: "delete", path: `${path}/:key_id` },
    summary: "Revoke an API key: within seconds nobody is let in by it",
    input: keyRefSchema,
    output: key,
    call: (floe, input) => floe.keys.revoke(input),
  }),
];

/** A key that is narrowed itself cannot make one that may more. */
function refuseMore({ scopes: own }: Principal, wanted: readonly string[] | null | undefined): void {
  if (own === null) return;
  const more = wanted?.filter((scope) => !own.includes(scope)) ?? ["all that the role allows"];
  if (more.length === 0) return;
  throw new ProblemError(createProblem(403, `A key of yours cannot have ${more.join(", ")}: yours has not.`));
}
