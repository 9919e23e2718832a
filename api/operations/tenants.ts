import { z } from "zod";
import { tenantIdSchema } from "../../client/input.js";
import { tenantSchema } from "../../client/tenants.js";
import { operation } from "../operation.js";

const tenant = z.object({
  tenantId: z.string(),
  name: z.string(),
  providerChoice: z.string(),
  createdAt: z.date(),
});

const common = { resource: "tenants" } as const;

export const tenantOperations = [
  operation({
    ...common,
    ...{ id: "tenants.create", method: "post", path: "/api/tenants", level: "platform", status: 201 },
    summary: "Create a tenant; one that exists is left as it is",
    input: tenantSchema,
    output: tenant.extend({ created: z.boolean() }),
    call: (floe, input) => floe.tenants.create(input),
  }),
  operation({
    ...common,
    ...{ id: "tenants.list", method: "get", path: "/api/tenants", level: "platform", isList: true },
    summary: "All tenants, by id",
    input: z.strictObject({}),
    output: tenant,
    call: (floe) => floe.tenants.list(),
  }),
  operation({
    ...common,
    ...{ id: "tenants.get", method: "get", path: "/api/tenants/:tenant_id", level: "read" },
    summary: "One tenant",
    input: z.strictObject({ tenantId: tenantIdSchema }),
    output: tenant,
    call: (floe, { tenantId }) => floe.tenants.get(tenantId),
  }),
];
