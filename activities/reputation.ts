import { addDays, dayOf } from "../domain/warmup-clock.js";
import { withBeats } from "./beating.js";
import { withFailures } from "./failures.js";
import type { ReputationGating, ReputationScoring } from "./reputation-ports.js";

/** Tenants behind `after`, and after the last of them the nodes that every tenant may use. */
export interface ReputationPage {
  after: string | null;
  /** Scored is the day before, judged what was measured until then. */
  nowMs: number;
}

export interface ReputationActivities {
  /** One page; `next` is where the following one begins, null after the last. */
  scoreReputations(page: ReputationPage): Promise<{ day: string; scored: number; next: string | null }>;
  checkReputationGates(
    page: ReputationPage,
  ): Promise<{ checked: number; changed: number; next: string | null }>;
}

export interface ReputationActivityPorts {
  scoring: ReputationScoring;
  gating: ReputationGating;
  timeZone: string;
}

/** Of each tenant all domains, nodes and mailbox providers of two weeks are read at once. */
const pageSize = 20;
const shared = "*";

/** Each may be repeated at any moment. */
export function createReputationActivities(ports: ReputationActivityPorts): ReputationActivities {
  const { scoring, gating, timeZone } = ports;
  return withFailures(
    withBeats({
      async scoreReputations({ after, nowMs }: ReputationPage) {
        const day = addDays(dayOf(nowMs, timeZone), -1);
        const tenants = await scoring.listTenants({ after, limit: pageSize });
        const { tenantIds, next } = pageOf(tenants);
        return { day, scored: await scoring.calculate({ tenantIds, day, timeZone }), next };
      },

      async checkReputationGates({ after, nowMs }: ReputationPage) {
        const tenants = await gating.listTenants({ after, limit: pageSize, nowMs });
        const { tenantIds, next } = pageOf(tenants);
        const { checked, changes } = await gating.check({ tenantIds, nowMs });
        return { checked, changed: changes.length, next };
      },
    }),
  );
}

/** Shared nodes come last: what a domain was stopped for is not held against them. */
function pageOf(tenants: string[]): { tenantIds: string[]; next: string | null } {
  const isLast = tenants.length < pageSize;
  return {
    tenantIds: isLast ? [...tenants, shared] : tenants,
    next: isLast ? null : (tenants.at(-1) ?? null),
  };
}
