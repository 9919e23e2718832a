import { InvalidArgumentError, type Command } from "commander";
import type { JobCountsQuery } from "../../client/jobs.js";
import { jobKinds, jobStatuses, isJobKind, type JobKind, type JobStatus } from "../../domain/jobs.js";
import type { TenantOption } from "../operator.js";
import { parseInstant } from "../values.js";

export interface JobFilterOptions extends TenantOption {
  kind?: JobKind[];
  status?: JobStatus[];
  queue?: string;
  search?: string;
  recipient?: string;
  endpoint?: string;
  campaign?: string;
  error?: string;
  since?: Date;
  until?: Date;
}

/** What every command about several jobs understands. */
export function addJobFilterOptions(command: Command): Command {
  return command
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-k, --kind <kind...>", `only of these kinds: ${jobKinds.join(", ")}`)
    .option("-s, --status <status...>", `only in these statuses: ${jobStatuses.join(", ")}`)
    .option("--queue <queue>", "only on this task queue, such as send-priority-high, webhooks or io")
    .option("--search <text>", "a job's id, an address, or a part of a name or of an error")
    .option("--recipient <address>", "only emails to this address")
    .option("--endpoint <webhook>", "only deliveries to this webhook")
    .option("--campaign <campaign>", "only of this campaign")
    .option("--error <text>", "only with this text in the last error")
    .option("--since <time>", "only made from this ISO time on", parseInstant)
    .option("--until <time>", "only made before this ISO time", parseInstant);
}

export function jobFilterOf(options: JobFilterOptions): JobCountsQuery {
  const { tenant, kind, status, queue, search, recipient, endpoint, campaign, error, since, until } = options;
  return {
    ...{ tenantId: tenant, kinds: kind, statuses: status, queue, search, recipient, error },
    ...{ webhookId: endpoint, campaignId: campaign, createdAfter: since, createdBefore: until },
  };
}

/** `email.send/0198…`, as lists show a job. */
export function parseJobRef(text: string): { kind: JobKind; jobId: string } {
  const slash = text.indexOf("/");
  const kind = text.slice(0, slash);
  if (slash > 0 && isJobKind(kind)) return { kind, jobId: text.slice(slash + 1) };
  throw new InvalidArgumentError(
    "It must be a kind and an id, such as email.send/0198…, as floe job list shows it.",
  );
}
