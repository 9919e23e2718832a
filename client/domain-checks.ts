import type { Client } from "@temporalio/client";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { DomainCheck, DomainCheckReader } from "../db/domain-checks.js";
import { NotFound } from "../domain/errors.js";
import { domainCheckWorkflowId } from "../domain/recurring.js";
import { domainCheckerType, type DomainCheckInput } from "../workflows/domain-check-messages.js";
import { dkimKeyRefSchema } from "./dkim-keys.js";
import { parseInput, tenantIdSchema } from "./input.js";
import { startOnRequest } from "./on-request.js";

export type { DomainCheck } from "../db/domain-checks.js";
export type { DomainFinding } from "../domain/domain-checks.js";

export const domainRefSchema = dkimKeyRefSchema.omit({ selector: true }).extend({
  // Names without a dot are not in the DNS of the world.
  domain: dkimKeyRefSchema.shape.domain.regex(/\./, "is not a domain; give one such as example.com"),
});
export type DomainRef = z.input<typeof domainRefSchema>;

export const domainHistorySchema = domainRefSchema.extend({
  limit: z.int().min(1, "must be at least 1").max(100, "must be at most 100").default(20),
});

/** How domains that mail comes from are authenticated in DNS: SPF, DKIM, DMARC, MX, PTR, MTA-STS, TLS-RPT, BIMI. */
export interface DomainChecks {
  /** How each domain stands now. A daily schedule looks at those with a signing key or an earlier check. */
  list(tenantId: string): Promise<DomainCheck[]>;
  /** What was found last. @throws NotFound when the domain was never looked at */
  get(ref: DomainRef): Promise<DomainCheck>;
  /** What was found and when, newest first: a row for each change. @throws NotFound */
  history(ref: z.input<typeof domainHistorySchema>): Promise<DomainCheck[]>;
  /** Has it looked at now, without waiting for it. */
  request(ref: DomainRef): Promise<{ workflowId: string }>;
  /** Looks now, and resolves with what was found; while no worker is there it waits for one. */
  check(ref: DomainRef): Promise<DomainCheck>;
}

export function createDomainChecks(reader: DomainCheckReader, connect: () => Promise<Client>): DomainChecks {
  const last = async (input: DomainRef): Promise<DomainCheck> => {
    const ref = parseInput(domainRefSchema, input);
    const [check] = await reader.listDomainHistory(ref, 1);
    if (!check) throw new NotFound("check of domain", ref.domain);
    return check;
  };
  const start = (input: DomainRef) => {
    const ref: DomainCheckInput = parseInput(domainRefSchema, input);
    return startOnRequest(connect, domainCheckerType, {
      workflowId: domainCheckWorkflowId(uuidv7()),
      input: ref,
    });
  };
  return {
    list: async (tenantId) => reader.listDomainChecks(parseInput(tenantIdSchema, tenantId)),
    get: last,
    history: async (input) => {
      const { limit, ...ref } = parseInput(domainHistorySchema, input);
      return reader.listDomainHistory(ref, limit);
    },
    async request(input) {
      const { workflowId } = await start(input);
      return { workflowId };
    },
    async check(input) {
      const handle = await start(input);
      await handle.result();
      return last(input);
    },
  };
}
