import { z } from "zod";
import { dkimKeyRefSchema, dkimKeySchema } from "../../client/dkim-keys.js";
import { tenantIdSchema } from "../../client/input.js";
import { operation } from "../operation.js";

const key = z.object({
  domain: z.string(),
  selector: z.string(),
  algorithm: z.enum(["rsa-sha256", "ed25519-sha256"]),
  createdAt: z.date(),
});
const published = key.extend({ dnsName: z.string(), dnsValue: z.string() });

const path = "/api/domains";
const one = `${path}/:domain/:selector`;
const look = { resource: "domains", level: "read" } as const;
const change = { resource: "domains", level: "own" } as const;

export const domainOperations = [
  operation({
    ...change,
    ...{ id: "domains.add", method: "post", path, status: 201, location: one },
    summary:
      "Save, or make, a key that signs mail from a domain (DKIM); the answer has the DNS record that publishes it",
    input: dkimKeySchema,
    output: published,
    call: async (floe, { privateKey, ...ref }) => {
      await floe.dkimKeys.add({ ...ref, privateKey });
      return floe.dkimKeys.get(ref);
    },
  }),
  operation({
    ...look,
    ...{ id: "domains.list", method: "get", path, isList: true },
    summary: "Signing keys by domain and selector",
    input: z.strictObject({ tenantId: tenantIdSchema }),
    output: key,
    call: (floe, { tenantId }) => floe.dkimKeys.list(tenantId),
  }),
  operation({
    ...look,
    ...{ id: "domains.get", method: "get", path: one },
    summary: "One signing key with its DNS record; never its private half",
    input: dkimKeyRefSchema,
    output: published,
    call: (floe, input) => floe.dkimKeys.get(input),
  }),
  operation({
    ...change,
    ...{ id: "domains.remove", method: "delete", path: one, edits: "domains.get" },
    summary: "Forget a signing key: mail of the domain is no longer signed with it",
    input: dkimKeyRefSchema,
    call: (floe, input) => floe.dkimKeys.remove(input),
  }),
];
