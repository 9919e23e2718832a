/** Workflow ids are stored in histories and typed by operators: treat them as public API. */
export function campaignWorkflowId(sendId: string): string {
  return `campaign/${sendId}`;
}

/** Child of a campaign workflow that delivers batches `partition`. */
export function deliverWorkflowId(sendId: string, partition: number): string {
  return `campaign/${sendId}/deliver/${partition}`;
}

export function sequenceWorkflowId(sequenceId: string): string {
  return `sequence/${sequenceId}`;
}

export function abTestWorkflowId(abTestId: string): string {
  return `ab-test/${abTestId}`;
}

export function importWorkflowId(importId: string): string {
  return `import/${importId}`;
}

export function exportWorkflowId(exportId: string): string {
  return `export/${exportId}`;
}

/** Of a group of single emails; the group has the id of its first email. */
export function emailsWorkflowId(groupId: string): string {
  return `email/${groupId}`;
}

export function jobGraphWorkflowId(runId: string): string {
  return `jobGraph/${runId}`;
}

/** Schedule of a recurring graph; what it starts has the same id and the time. */
export function jobGraphScheduleId(tenantId: string, name: string): string {
  return `jobGraph/${tenantId}/${name}`;
}

/** Of dead letters that are tried again together. */
export function replayWorkflowId(replayId: string): string {
  return `replay/${replayId}`;
}

/** Of one action on many jobs. */
export function jobBulkWorkflowId(bulkId: string): string {
  return `jobs/${bulkId}`;
}

/** One long-lived workflow for each endpoint. */
export function webhookWorkflowId(webhookId: string): string {
  return `webhook/${webhookId}`;
}

/** One for each person who is told something. */
export function notifyWorkflowId(userId: string): string {
  return `notify/${userId}`;
}

/** One long-lived workflow for each warmup. */
export function warmupWorkflowId(warmupId: string): string {
  return `warmup/${warmupId}`;
}

/** One for each mailbox of the warmup pool. */
export function warmupEngagementWorkflowId(mailboxId: string): string {
  return `warmup-engagement/${mailboxId}`;
}

/**
 * Deterministic Message-ID of a single email, the same for each address of its envelope and at each attempt. `code` signs
 * what stands before it; `domain` is the domain of the From address.
 */
export function emailMessageId(emailId: string, code: string, domain: string): string {
  return `<${emailId}.${code}@${domain}>`;
}

/**
 * Deterministic Message-ID of one recipient of one send, so that a repeat after an unknown outcome carries the same one
 * and mailbox providers can drop it. `code` signs what stands before it; `domain` is the domain of the From address.
 */
export function messageId(
  { sendId, contactId }: { sendId: string; contactId: string },
  code: string,
  domain: string,
): string {
  return `<${sendId}.${contactId}.${code}@${domain}>`;
}
