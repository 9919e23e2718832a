/**
 * Every kind of work in the words of one list: what it is called, how it stands, what may be done to it. A state is finer
 * than a status: each kind has its own, each is one status, and decides what fits.
 */
export const jobKinds = [
  "email.send",
  "webhook.dispatch",
  "campaign.process",
  "campaign.sequence",
  "campaign.ab-test",
  "import.contacts",
  "export.data",
  "job.graph",
  "dead-letters.replay",
] as const;
export type JobKind = (typeof jobKinds)[number];

/**
 * `waiting`: its turn has not come. `delayed`: for a time that is known, of its start or of its next attempt. `active`: under
 * way. `paused`: a person paused it, or has to decide. `dead`: spent its attempts and waits for a person as a dead letter.
 * `failed`: ended without success, and nobody waits for it.
 */
export const jobStatuses = [
  "waiting",
  "active",
  "delayed",
  "paused",
  "completed",
  "failed",
  "dead",
  "cancelled",
] as const;
export type JobStatus = (typeof jobStatuses)[number];

export const jobActions = ["retry", "cancel", "remove"] as const;
export type JobAction = (typeof jobActions)[number];

interface JobState {
  status: JobStatus;
  /** Besides `remove`, which fits whatever has ended or can be cancelled. */
  fits: readonly Exclude<JobAction, "remove">[];
}

const ended = (status: JobStatus, ...fits: JobState["fits"]): JobState => ({ status, fits });
const open = (status: JobStatus, ...fits: JobState["fits"]): JobState => ({
  status,
  fits: ["cancel", ...fits],
});
/** On the wire, or ending: what it comes to is awaited. */
const busy: JobState = { status: "active", fits: [] };

export const jobStates = {
  "email.send": {
    queued: open("waiting"),
    sending: busy,
    scheduled: open("delayed"),
    deferred: open("delayed"),
    unknown: { status: "paused", fits: [] },
    sent: ended("completed"),
    bounced: ended("failed"),
    suppressed: ended("failed"),
    dead: ended("dead", "retry"),
    dismissed: ended("failed", "retry"),
    cancelled: ended("cancelled"),
  },
  "webhook.dispatch": {
    queued: open("waiting"),
    posting: busy,
    scheduled: open("delayed"),
    deferred: open("delayed", "retry"),
    held: open("paused"),
    delivered: ended("completed", "retry"),
    dead: ended("dead", "retry"),
    dismissed: ended("failed", "retry"),
    cancelled: ended("cancelled", "retry"),
  },
  "campaign.process": {
    queued: open("waiting"),
    scheduled: open("delayed"),
    sending: open("active"),
    cancelling: busy,
    paused: open("paused"),
    completed: ended("completed"),
    "completed-with-dead": ended("completed", "retry"),
    cancelled: ended("cancelled"),
  },
  "campaign.sequence": {
    running: open("active"),
    paused: open("paused"),
    completed: ended("completed"),
    cancelled: ended("cancelled"),
  },
  "campaign.ab-test": {
    queued: open("waiting"),
    scheduled: open("delayed"),
    testing: open("active"),
    sending: open("active"),
    held: open("paused"),
    paused: open("paused"),
    completed: ended("completed"),
    cancelled: ended("cancelled"),
  },
  "import.contacts": {
    queued: open("waiting"),
    processing: open("active"),
    completed: ended("completed"),
    dead: ended("dead", "retry"),
    dismissed: ended("failed", "retry"),
    cancelled: ended("cancelled"),
  },
  "export.data": {
    queued: open("waiting"),
    processing: open("active"),
    completed: ended("completed"),
    expired: ended("completed"),
    dead: ended("dead", "retry"),
    dismissed: ended("failed", "retry"),
    cancelled: ended("cancelled"),
  },
  "job.graph": {
    running: open("active"),
    completed: ended("completed"),
    dead: ended("dead", "retry"),
    failed: ended("failed", "retry"),
    resumed: ended("failed"),
    cancelled: ended("cancelled", "retry"),
  },
  "dead-letters.replay": {
    running: open("active"),
    paused: open("paused"),
    completed: ended("completed"),
    cancelled: ended("cancelled"),
  },
} as const satisfies Record<JobKind, Record<string, JobState>>;

export interface JobRef {
  kind: JobKind;
  /** Of its kind: of the email, delivery, send, import, … */
  jobId: string;
}

export function isJobKind(text: string): text is JobKind {
  return (jobKinds as readonly string[]).includes(text);
}

function stateOf(kind: JobKind, state: string): JobState {
  const known = (jobStates[kind] as Record<string, JobState>)[state];
  if (!known) throw new Error(`${kind} has no state ${state}.`);
  return known;
}

export function jobStatusOf(kind: JobKind, state: string): JobStatus {
  return stateOf(kind, state).status;
}

const endedStatuses: readonly JobStatus[] = ["completed", "failed", "dead", "cancelled"];

/** What may be done to a job in that state. */
export function actionsOf(kind: JobKind, state: string): JobAction[] {
  const { status, fits } = stateOf(kind, state);
  return jobActions.filter((action) =>
    action === "remove" ? fits.includes("cancel") || endedStatuses.includes(status) : fits.includes(action),
  );
}

/** What an action on many takes up when nobody says in which status: never what went well, or was cancelled, again. */
const usualTargets: Record<JobAction, readonly JobStatus[]> = {
  retry: ["failed", "dead"],
  cancel: ["waiting", "active", "delayed", "paused"],
  remove: endedStatuses,
};

/** The states of a kind that are in these statuses, or in any; for an action only those that it fits. */
export function statesOf(kind: JobKind, statuses?: readonly JobStatus[], action?: JobAction): string[] {
  const wanted = statuses ?? (action === undefined ? jobStatuses : usualTargets[action]);
  return Object.keys(jobStates[kind]).filter(
    (state) =>
      wanted.includes(jobStatusOf(kind, state)) &&
      (action === undefined || actionsOf(kind, state).includes(action)),
  );
}

const retryInstead: Partial<Record<JobKind, string>> = {
  "email.send": "send a new email",
  "campaign.process": "only one that has completed with dead recipients is retried; a paused one is resumed",
  "campaign.sequence": "resume one that is paused, or enroll contacts again",
  "campaign.ab-test": "resume one that is paused",
  "import.contacts": "start a new import of the file",
  "export.data": "start a new export",
  "dead-letters.replay": "start a new replay of what is still open",
};

/** Refusal of whatever is done to one that is not there: completes "The job …". */
export const jobHasGone = "has gone.";

/** Why an action does not fit, and what does: completes "The job …". */
export function refusalOf(action: JobAction, kind: JobKind, state: string): string {
  const { status } = stateOf(kind, state);
  const stands = state === status ? status : `${status} (${state})`;
  const possible = actionsOf(kind, state);
  const instead = possible.length === 0 ? "" : ` What fits: ${possible.join(", ")}.`;
  return `is ${stands}: ${adviceOf(action, kind, state)}.${instead}`;
}

function adviceOf(action: JobAction, kind: JobKind, state: string): string {
  const { status } = stateOf(kind, state);
  if (state === "unknown") return "say first whether it arrived (resolve unknown)";
  if (status === "active" && action !== "retry") return "it ends by itself in a moment; look again then";
  if (action === "cancel") return "there is nothing left to cancel";
  if (state === "resumed") return "a later run has taken it up";
  if (!endedStatuses.includes(status) && status !== "paused") return "it goes on by itself";
  return retryInstead[kind] ?? "there is nothing to retry";
}

/** What is left out does not restrict. */
export interface JobFilter {
  kinds?: JobKind[];
  statuses?: JobStatus[];
  /** Exactly these. */
  jobs?: JobRef[];
  /** Id of a job, whatever its kind. */
  jobId?: string;
  /** Task queue, such as `send-priority-high`, `webhooks` or `io`. */
  queue?: string;
  /** Emails to this address. */
  recipient?: string;
  /** Deliveries to this endpoint. */
  webhookId?: string;
  /** Emails, sends, sequences and A/B tests of this campaign. */
  campaignId?: string;
  /** In the last error; only of what has one. */
  error?: string;
  /** In the name of what it is about, or in the last error. */
  text?: string;
  createdAfter?: Date;
  createdBefore?: Date;
}

export type JobBulkStatus = "running" | "paused" | "completed" | "cancelled";

export interface JobBulkProgress {
  status: JobBulkStatus;
  items: number;
  done: number;
  /** Left as they are, each with its reason. */
  refused: number;
}

export const defaultJobsPerSecond = 100;
