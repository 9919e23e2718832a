import type { Command } from "commander";
import type { DeadLettersFilter } from "../../client/dead-letters.js";
import { deadLetterKinds, type DeadLetterKind } from "../../domain/dead-letters.js";
import type { TenantOption } from "../operator.js";
import { parseInstant } from "../values.js";

export interface FilterOptions extends TenantOption {
  kind?: DeadLetterKind;
  send?: string;
  reason?: string;
  text?: string;
  since?: Date;
  before?: Date;
}

/** What every command about several letters understands. */
export function addFilterOptions(command: Command): Command {
  return command
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-k, --kind <kind>", `only of this kind: ${deadLetterKinds.join(", ")}`)
    .option("--send <send>", "only of this send")
    .option("--reason <reason>", "only with exactly this reason")
    .option("--text <text>", "only with this text in the reason, or in the id of what they are about")
    .option("--since <time>", "only from this ISO time on", parseInstant)
    .option("--before <time>", "only from before this ISO time", parseInstant);
}

export function filterOf(options: FilterOptions): DeadLettersFilter {
  const { tenant, kind, send, reason, text, since, before } = options;
  return { tenantId: tenant, kind, sendId: send, reason, text, createdAfter: since, createdBefore: before };
}
