/** What checks domains: names are stored in histories, and are public API. */
import type { DomainFilter } from "../activities/domain-check-ports.js";

/** Empty: everything. */
export type DomainCheckInput = DomainFilter;

export interface DomainCheckReport {
  checked: number;
  failing: number;
}

/** `workflows/domain-check` exports a function of this name. */
export const domainCheckerType = "domainChecker";
