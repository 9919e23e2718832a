import type { GraphRunDetail } from "../../client/job-graphs.js";
import type { JobState } from "../../domain/job-graph.js";

/** The state of each job by name. */
export function statesOf({ jobs }: GraphRunDetail): Record<string, JobState> {
  return Object.fromEntries(jobs.map(({ name, state }) => [name, state]));
}

export function jobOf({ jobs }: GraphRunDetail, name: string) {
  const job = jobs.find((one) => one.name === name);
  if (!job) throw new Error(`The run has no job ${name}.`);
  return job;
}

/** A job that sends one email with content of its own. */
export function mailJob(name: string, recipient: string) {
  return {
    name,
    type: "email.send" as const,
    input: { recipient, subject: "A report", text: "All is well.", fromEmail: "reports@example.com" },
  };
}

export function waitFor(name: string, seconds = 1) {
  return { name, type: "wait" as const, input: { seconds } };
}
