import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { expect } from "vitest";
import type { SequenceInput, SequenceRef } from "../../client/sequence-input.js";
import { createEventStore } from "../../db/events.js";
import type { SequenceProgress } from "../../db/sequence-progress.js";
import { sequenceWorkflowId } from "../../domain/ids.js";
import { createAudience, type World } from "../support/world.js";

/** A tenant with contacts `user0@domain`, … and the templates `hello`, `second` and `third`. */
export async function createReaders(
  world: World,
  options: { contacts: number; domain: string; timeZones?: string[] },
): Promise<{ tenantId: string; contactIds: string[] }> {
  const { tenantId } = await createAudience(world, options);
  for (const name of ["second", "third"]) {
    await world.floe.templates.save({ tenantId, name, subject: name, html: `<p>${name}</p>` });
  }
  const contacts = await world.floe.contacts.list({ tenantId });
  return { tenantId, contactIds: contacts.map(({ contactId }) => contactId) };
}

export async function createSequence(
  { floe }: World,
  tenantId: string,
  over: Pick<SequenceInput, "steps"> & Partial<SequenceInput>,
): Promise<SequenceRef> {
  const { sequenceId } = await floe.sequences.create({
    ...{ tenantId, name: "Welcome", list: "everybody", fromEmail: "news@example.com" },
    ...over,
  });
  return { tenantId, sequenceId };
}

export function progressOf(world: World, sequence: SequenceRef): Promise<SequenceProgress> {
  return world.floe.sequences.progress(sequence);
}

/** Waits, without any time being skipped, until so many contacts were taken into sends of the step. */
export async function stepSent(
  world: World,
  sequence: SequenceRef,
  step: number,
  contacts: number,
): Promise<void> {
  await expect
    .poll(async () => (await progressOf(world, sequence)).steps[step - 1]?.sent, { timeout: 30_000 })
    .toBe(contacts);
}

/** Lets time skip until the sequence has ended. */
export async function finish(env: TestWorkflowEnvironment, world: World, sequence: SequenceRef) {
  await env.client.workflow.getHandle(sequenceWorkflowId(sequence.sequenceId)).result();
  return progressOf(world, sequence);
}

/** Subjects that reached the address, in order. */
export function subjectsTo(world: World, address: string): string[] {
  return world.smtp.messages
    .filter(({ to }) => to[0] === address)
    .map(({ body }) => /^Subject: (.*)$/m.exec(body ?? "")?.[1]?.trim() ?? "");
}

export interface StepRow {
  sendId: string | null;
  decidedAt: Date;
  lateMs: number;
}

export async function stepRow(
  { pool }: World,
  { sequenceId }: SequenceRef,
  contactId: string,
  step: number,
): Promise<StepRow> {
  const { rows } = await pool.query<StepRow>(
    `select send_id as "sendId", decided_at as "decidedAt", late_ms::float8 as "lateMs" from sequence_step_results
     where campaign_id = $1 and contact_id = $2 and step = $3`,
    [sequenceId, contactId, step],
  );
  if (!rows[0]) throw new Error(`Nothing became of step ${step} for contact ${contactId}.`);
  return rows[0];
}

/** The recipient opens the step's message. */
export async function open(
  world: World,
  sequence: SequenceRef,
  contactId: string,
  step: number,
): Promise<void> {
  const { sendId } = await stepRow(world, sequence, contactId, step);
  if (sendId === null) throw new Error(`Step ${step} was not sent to contact ${contactId}.`);
  await createEventStore(world.pool).recordEvents([
    { sendId, contactId, kind: "open", occurredAt: new Date() },
  ]);
}
