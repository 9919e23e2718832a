/** Everything a worker of the orchestration queue runs. */
export { abTest } from "./ab-test.js";
export { blacklistChecker } from "./blacklist.js";
export { campaign } from "./campaign.js";
export { deliver } from "./deliver.js";
export { domainChecker } from "./domain-check.js";
export { exportData } from "./export-data.js";
export { importContacts } from "./import-contacts.js";
export { jobBulk } from "./job-bulk.js";
export { jobGraph } from "./job-graph.js";
export { consistencyCheck, maintenanceCleanup } from "./maintenance.js";
export {
  analyticsAggregator,
  campaignAutoComplete,
  campaignProcessor,
  queueSampler,
  stalledJobDetector,
} from "./recurring.js";
export { notify } from "./notify.js";
export { replay } from "./replay.js";
export { reputationCalculator, reputationGateCheck } from "./reputation.js";
export { scheduledJobGraph } from "./scheduled-job-graph.js";
export { sendEmails } from "./send-emails.js";
export { sequence } from "./sequence.js";
export { watchAlerts } from "./watch-alerts.js";
export { warmupEngagement, warmupEngagementSimulator } from "./warmup-engagement.js";
export { warmup } from "./warmup.js";
export { warmupHealthCheck, warmupScheduler } from "./warmup-rounds.js";
export { webhook } from "./webhook.js";
