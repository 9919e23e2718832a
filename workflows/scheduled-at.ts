import { workflowInfo } from "@temporalio/workflow";

/** The time the schedule meant, which a backfill or a late start keeps; else that of the start. */
export function scheduledAt(): Date {
  const { searchAttributes, startTime } = workflowInfo();
  const [scheduled] = searchAttributes.TemporalScheduledStartTime ?? [];
  return scheduled instanceof Date ? scheduled : startTime;
}
