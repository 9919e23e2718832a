import { v7 as uuidv7 } from "uuid";
import type { EmailRequestStore, NewEmail, NewEmailGroup, SavedEmail } from "../db/email-requests.js";
import { emailGroupLimits } from "../domain/email-status.js";
import { createGroupCommit, createGroupCommits } from "../domain/group-commit.js";
import type { EmailWorkflow } from "./email-workflow.js";

export type NewGroup = Omit<NewEmailGroup, "groupId">;

interface Asked {
  group: NewGroup;
  email: NewEmail;
}

export type Accepted = Exclude<SavedEmail, { kind: "refused" }>;

/** Takes a request in: saved and started when it resolves. @throws NotFound (tenant, template, campaign), Unavailable */
export type AcceptEmail = (group: NewGroup, email: NewEmail) => Promise<Accepted>;

/**
 * Requests of one tenant and lane that come while a workflow's start is under way share the next one: a lone request waits
 * for nobody, and a thousand at once cost a few transactions and starts.
 */
export function createAcceptEmail(
  store: EmailRequestStore,
  workflow: Pick<EmailWorkflow, "start">,
): AcceptEmail {
  const save = createGroupCommits<Asked, SavedEmail>(
    ({ group }) =>
      [group.tenantId, group.lane, group.onUnknown, group.sendAt?.getTime(), group.nodeId].join(),
    createQueue,
  );

  return async (group, email) => {
    const saved = await save({ group, email });
    if (saved.kind === "refused") throw saved.error;
    return saved;
  };

  function createQueue({ group }: Asked) {
    return createGroupCommit<Asked, SavedEmail>(
      (asked) => {
        const emails = asked.map(({ email }) => email);
        return acceptGroup({ ...group, groupId: emails[0]?.emailId ?? uuidv7() }, emails);
      },
      (taken, { email }) =>
        fitsGroup(
          taken.map((one) => one.email),
          email,
        ),
    );
  }

  async function acceptGroup(group: NewEmailGroup, emails: NewEmail[]): Promise<SavedEmail[]> {
    const saved = await store.saveEmails(group, emails);
    const created = saved.filter(({ kind }) => kind === "created").length;
    if (created > 0) await startNew(group, created);
    // A first request whose process died before it started anything: the repeat does.
    const unfinished = new Set(
      saved.flatMap((email) => (email.kind === "repeated" && email.isOpen ? [email.groupId] : [])),
    );
    unfinished.delete(group.groupId);
    for (const groupId of unfinished) await workflow.start({ ...group, groupId });
    return saved;
  }

  /** What cannot be started leaves nothing behind: the caller hears of it, and may ask again. */
  async function startNew(group: NewEmailGroup, emails: number): Promise<void> {
    try {
      await workflow.start({ ...group, emails });
    } catch (error) {
      if (await store.discardGroup(group.groupId)) throw error;
    }
  }
}

function fitsGroup(group: readonly NewEmail[], next: NewEmail): boolean {
  if (group.length >= emailGroupLimits.emails) return false;
  return [...group, next].reduce((sum, email) => sum + sizeOf(email), 0) <= emailGroupLimits.bytes;
}

function sizeOf({ content, attachments }: NewEmail): number {
  const own = "template" in content ? 0 : content.html.length + content.text.length;
  return attachments.reduce((sum, attachment) => sum + attachment.content.length, own);
}
