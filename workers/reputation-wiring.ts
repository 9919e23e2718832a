import type pg from "pg";
import { createReputationActivities, type ReputationActivities } from "../activities/reputation.js";
import { checkGates, listTenantsToGate } from "../db/reputation-gates.js";
import { calculateReputations, listTenantsToScore } from "../db/reputation-scores.js";

export function wireReputations(pool: pg.Pool, timeZone: string): ReputationActivities {
  return createReputationActivities({
    scoring: {
      listTenants: (page) => listTenantsToScore(pool, page),
      calculate: (of) => calculateReputations(pool, of),
    },
    gating: {
      listTenants: (page) => listTenantsToGate(pool, page),
      check: (of) => checkGates(pool, of),
    },
    timeZone,
  });
}
