import type { Enrollment, SequenceProgress, SequenceReports } from "../db/sequence-progress.js";
import type { Sequence, SequenceCatalog } from "../db/sequences.js";
import { Conflict } from "../domain/errors.js";
import type { SequenceStatus } from "../domain/sequence-status.js";
import { cancelSignal, pauseSignal, resumeSignal } from "../workflows/campaign-messages.js";
import { enrollSignal } from "../workflows/sequence-messages.js";
import { parseInput } from "./input.js";
import {
  enrollmentsSchema,
  enrollSchema,
  replySchema,
  sequenceRefSchema,
  sequenceReplacementSchema,
  sequenceSchema,
  sequencesSchema,
  toNewSequence,
  type EnrollInput,
  type EnrollmentsQuery,
  type ReplyInput,
  type SequenceInput,
  type SequenceRef,
  type SequenceReplacement,
  type SequencesQuery,
} from "./sequence-input.js";
import type { SequenceWorkflow } from "./sequence-workflow.js";

/** Steps with delays, conditions and exits; the id is its campaign's. What is asked acts within seconds. */
export interface Sequences {
  /**
   * Composes a sequence; nothing is sent yet.
   * @throws InvalidInput naming the place, as in `steps.1.delay.days`; NotFound (tenant, template, list, segment)
   */
  create(sequence: SequenceInput): Promise<{ sequenceId: string }>;
  /** All of a draft anew. @throws as `create`; NotFound, Conflict once it was started: what is sent stays as it was */
  replace(sequence: SequenceReplacement): Promise<Sequence>;
  /** Deletes one that was never started; its templates and audience stay. @throws NotFound, Conflict once it was started */
  remove(sequence: SequenceRef): Promise<void>;
  /** Enrolls the audience and begins. Safe to repeat. @throws NotFound, Conflict when it was cancelled. */
  start(sequence: SequenceRef): Promise<void>;
  /** Takes no step up; what a send has taken already leaves. @throws NotFound, Conflict unless it runs. */
  pause(sequence: SequenceRef): Promise<void>;
  /** Goes on; steps that became late meanwhile are skipped or sent as the sequence says. Also after its workflow was lost. */
  resume(sequence: SequenceRef): Promise<void>;
  /** Ends every enrollment and the sends under way. @throws NotFound, Conflict when it has ended. */
  cancel(sequence: SequenceRef): Promise<void>;
  /**
   * Enrolls more contacts, who begin at the first step; those enrolled already stay where they are, also when they are
   * through. Contacts of other tenants are passed over. @throws NotFound, Conflict when it is a draft or was cancelled.
   */
  enroll(audience: EnrollInput): Promise<void>;
  /** @throws NotFound */
  get(sequence: SequenceRef): Promise<Sequence>;
  /** Newest first. */
  list(query: SequencesQuery): Promise<Sequence[]>;
  /** Contacts by status and by step. @throws NotFound */
  progress(sequence: SequenceRef): Promise<SequenceProgress>;
  /** Each contact's place, by contact id. @throws NotFound */
  enrollments(query: EnrollmentsQuery): Promise<Enrollment[]>;
  /** Says that a recipient of one of its sends has replied. @throws NotFound (recipient) */
  recordReply(reply: ReplyInput): Promise<void>;
  /** Waits until it has ended. @throws NotFound; Conflict when its workflow was terminated or failed. */
  wait(sequence: SequenceRef): Promise<Sequence>;
}

export interface SequencePorts {
  catalog: SequenceCatalog;
  reports: SequenceReports;
  workflow: SequenceWorkflow;
}

export function createSequences({ catalog, reports, workflow }: SequencePorts): Sequences {
  async function load(ref: SequenceRef): Promise<Sequence> {
    const { tenantId, sequenceId } = parseInput(sequenceRefSchema, ref);
    return catalog.loadSequence(tenantId, sequenceId);
  }

  async function loadIn(statuses: SequenceStatus[], what: string, ref: SequenceRef): Promise<Sequence> {
    const sequence = await load(ref);
    const { sequenceId, status } = sequence;
    if (statuses.includes(status)) return sequence;
    throw new Conflict(`Sequence ${sequenceId} is ${status}; it cannot be ${what}.`, { sequenceId, status });
  }

  return {
    create: async (sequence) => catalog.createSequence(toNewSequence(parseInput(sequenceSchema, sequence))),

    replace: async (replacement) => {
      const { sequenceId, ...sequence } = parseInput(sequenceReplacementSchema, replacement);
      return catalog.replaceSequence(sequenceId, toNewSequence(sequence));
    },

    remove: async (ref) => {
      const { tenantId, sequenceId } = parseInput(sequenceRefSchema, ref);
      await catalog.removeSequence(tenantId, sequenceId);
    },

    async start(ref) {
      const sequence = await loadIn(["draft", "running", "paused", "completed"], "started", ref);
      await catalog.beginSequence(sequence.tenantId, sequence.sequenceId);
      if (sequence.status !== "completed") await workflow.start(sequence);
    },
    pause: async (ref) => workflow.signal(await loadIn(["running", "paused"], "paused", ref), pauseSignal),
    resume: async (ref) => workflow.signal(await loadIn(["running", "paused"], "resumed", ref), resumeSignal),
    cancel: async (ref) =>
      workflow.signal(await loadIn(["draft", "running", "paused"], "cancelled", ref), cancelSignal),

    async enroll(input) {
      const { tenantId, sequenceId, ...audience } = parseInput(enrollSchema, input);
      await catalog.addAudience({ tenantId, sequenceId, ...audience });
      await workflow.signal(await load({ tenantId, sequenceId }), enrollSignal);
    },

    get: load,
    list: async (query) => {
      const { tenantId, ...page } = parseInput(sequencesSchema, query);
      return catalog.listSequences(tenantId, page);
    },
    progress: async (ref) => {
      const { tenantId, sequenceId, rules } = await load(ref);
      return reports.loadProgress({ tenantId, sequenceId, steps: rules.steps.length });
    },
    enrollments: async (query) => {
      const page = parseInput(enrollmentsSchema, query);
      await catalog.loadSequence(page.tenantId, page.sequenceId);
      return reports.listEnrollments(page);
    },
    recordReply: async (reply) => reports.recordReply(parseInput(replySchema, reply)),

    async wait(ref) {
      const { sequenceId } = await load(ref);
      await workflow.ended(sequenceId);
      return load(ref);
    },
  };
}
