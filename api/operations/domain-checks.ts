import { z } from "zod";
import { domainHistorySchema, domainRefSchema } from "../../client/domain-checks.js";
import { tenantIdSchema } from "../../client/input.js";
import { domainCheckNames, findingStatuses } from "../../domain/domain-checks.js";
import { operation } from "../operation.js";

const finding = z.object({
  check: z.enum(domainCheckNames),
  status: z.enum(findingStatuses),
  found: z.string(),
  advice: z.string().nullable(),
  record: z.object({ name: z.string(), value: z.string() }).nullable(),
});
const check = z.object({
  checkId: z.string(),
  domain: z.string(),
  status: z.enum(findingStatuses),
  findings: z.array(finding),
  checkedAt: z.date(),
  seenAt: z.date(),
});

const path = "/api/domain-checks";
const one = `${path}/:domain`;
const look = { resource: "domains", level: "read" } as const;

export const domainCheckOperations = [
  operation({
    ...look,
    ...{ id: "domain_checks.list", method: "get", path, isList: true },
    summary: "How the domains that mail comes from are authenticated in DNS, by name",
    input: z.strictObject({ tenantId: tenantIdSchema }),
    output: check,
    call: (floe, { tenantId }) => floe.domainChecks.list(tenantId),
  }),
  operation({
    ...look,
    ...{ id: "domain_checks.get", method: "get", path: one },
    summary: "What was found of one domain, with what to do about it",
    input: domainRefSchema,
    output: check,
    call: (floe, ref) => floe.domainChecks.get(ref),
  }),
  operation({
    ...look,
    ...{ id: "domain_checks.history", method: "get", path: `${one}/history`, isList: true },
    summary: "What was found before, newest first: one row for each change",
    input: domainHistorySchema,
    output: check,
    call: (floe, query) => floe.domainChecks.history(query),
  }),
  operation({
    ...{ id: "domain_checks.check", method: "post", path: one, resource: "domains", level: "write" },
    status: 202,
    summary:
      "Have SPF, DKIM, DMARC, MX, PTR, MTA-STS, TLS-RPT and BIMI of a domain looked up now; what is found stands at the domain when it is done",
    input: domainRefSchema,
    output: z.object({ workflowId: z.string() }),
    call: (floe, ref) => floe.domainChecks.request(ref),
  }),
];
