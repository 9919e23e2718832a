/** What an A/B test needs of the world: its facts in Postgres. Adapter: `db/ab-test-store`. */
import type { AbTestStatus } from "../domain/ab-test.js";
import type { ChoiceReason } from "../domain/ab-test-choice.js";
import type { Lane } from "../domain/lanes.js";

export interface AbTestPlan {
  /** Also its campaign's id. */
  abTestId: string;
  tenantId: string;
  name: string;
  lane: Lane;
  status: AbTestStatus;
  paused: boolean;
  /** Epoch milliseconds; null: at once. */
  startAtMs: number | null;
  /** Null until every variant has been sent. */
  decideAtMs: number | null;
}

export interface Decision {
  status: AbTestStatus;
  reason: ChoiceReason;
}

export interface AbTestStore {
  /** @throws NotFound */
  loadAbTest(abTestId: string): Promise<AbTestPlan>;
  /** Makes the variants' sends, once. @returns the status that holds afterwards */
  beginAbTest(abTestId: string): Promise<AbTestStatus>;
  /** Sends of the test that have not ended. */
  openAbTestSends(abTestId: string): Promise<string[]>;
  /** Every variant has been sent: the clock begins, once. Times are the workflow's. @returns when to choose, epoch ms */
  endAbTestSending(abTestId: string, nowMs: number): Promise<number>;
  /** Chooses by the rules, or notes why a person has to; once. Makes the rest's send with it. */
  decideAbTest(abTestId: string, nowMs: number): Promise<Decision>;
  /** A person's choice, once. Nothing changes for a variant that there is not. */
  pickAbTestVariant(abTestId: string, variant: number): Promise<Decision>;
  setAbTestPaused(abTestId: string, paused: boolean): Promise<void>;
  endAbTest(abTestId: string, status: "completed" | "cancelled"): Promise<AbTestStatus>;
}
