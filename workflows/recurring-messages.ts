/** What schedules and people start for recurring work. Names are stored in histories: public API. */
import type { CheckInput } from "../activities/maintenance.js";
import type { CleanupLine, RecordedFinding } from "../activities/recurring-ports.js";

export interface AggregateInput {
  /** `YYYY-MM-DD` (UTC); absent: the last whole day before the start. */
  day?: string;
}

export interface CleanupInput {
  /** Only says what would go. */
  dryRun: boolean;
}

export interface CleanupReport {
  dryRun: boolean;
  lines: CleanupLine[];
}

export type { CheckInput };

export interface CheckReport {
  findings: RecordedFinding[];
}

/** Type names; `workflows/recurring` and `workflows/maintenance` export functions of these names. */
export const campaignProcessorType = "campaignProcessor";
export const campaignAutoCompleteType = "campaignAutoComplete";
export const analyticsAggregatorType = "analyticsAggregator";
export const stalledJobDetectorType = "stalledJobDetector";
export const queueSamplerType = "queueSampler";
export const maintenanceCleanupType = "maintenanceCleanup";
export const consistencyCheckType = "consistencyCheck";
