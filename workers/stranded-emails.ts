import type { Client } from "@temporalio/client";
import type { Logger } from "pino";
import { createEmailWorkflow } from "../client/email-workflow.js";
import type { EmailRequestStore } from "../db/email-requests.js";

export interface StrandedEmailsInput {
  emailRequests: Pick<EmailRequestStore, "findStranded">;
  client: Client;
  log: Logger;
  everyMs?: number;
  /** Milliseconds past its time after which a group that nobody took up is looked at. */
  dueForMs?: number;
}

/**
 * Starts the workflows of emails whose request died between its rows and its start: their caller was told nothing, but
 * the rows stand and must end in a status. One that merely waits for a worker is left as it is.
 */
export function resumeStrandedEmails(input: StrandedEmailsInput): { stop: () => Promise<void> } {
  const { emailRequests, client, log, everyMs = 60_000, dueForMs = 120_000 } = input;
  const workflow = createEmailWorkflow(() => Promise.resolve(client));
  let looking: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    const groups = await emailRequests.findStranded(dueForMs);
    for (const group of groups) await workflow.start(group);
    if (groups.length > 0) log.warn({ groups: groups.length }, "email.stranded_groups_started");
  };
  const timer = setInterval(() => {
    // A part that is away shows in its own readings; the next look comes soon.
    looking = look().catch((error: unknown) => log.warn({ err: error }, "email.stranded_look_failed"));
  }, everyMs);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}
