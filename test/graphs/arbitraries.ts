import fc from "fast-check";
import {
  failurePolicies,
  jobTypes,
  skipPolicies,
  type FailurePolicy,
  type JobCondition,
  type JobEdge,
  type JobPlan,
  type SkipPolicy,
} from "../../domain/job-graph.js";

/** An edge; `stop` and `skip` unless told. */
export function edge(job: string, onFailure: FailurePolicy = "stop", onSkip: SkipPolicy = "skip"): JobEdge {
  return { job, onFailure, onSkip, ...(onFailure === "retry" && { retries: 1 }) };
}

export function waitJob(name: string, after: JobEdge[] = [], when?: JobCondition): JobPlan {
  return { name, type: "wait", after, ...(when && { when }) };
}

function edgeArbitrary(job: string): fc.Arbitrary<JobEdge> {
  return fc
    .tuple(fc.constantFrom(...failurePolicies), fc.constantFrom(...skipPolicies))
    .map(([onFailure, onSkip]) => edge(job, onFailure, onSkip));
}

export function stateConditionArbitrary(names: string[]): fc.Arbitrary<JobCondition> {
  const comparison = fc.record({
    job: fc.constantFrom(...names),
    path: fc.constant("state"),
    op: fc.constantFrom("eq" as const, "ne" as const),
    value: fc.constantFrom("succeeded", "failed", "skipped", "blocked"),
  });
  return fc.letrec<{ condition: JobCondition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 2 },
      comparison,
      fc.record({ and: fc.array(tie("condition"), { minLength: 1, maxLength: 2 }) }),
      fc.record({ or: fc.array(tie("condition"), { minLength: 1, maxLength: 2 }) }),
      fc.record({ not: tie("condition") }),
    ),
  })).condition;
}

function jobArbitrary(index: number, conditions: boolean): fc.Arbitrary<JobPlan> {
  const before = Array.from({ length: index }, (_, i) => `job${i}`);
  return fc
    .tuple(fc.constantFrom(...jobTypes), fc.subarray(before))
    .chain(([type, names]) =>
      fc.record({
        name: fc.constant(`job${index}`),
        type: fc.constant(type),
        after: fc.tuple(...names.map(edgeArbitrary)),
        when:
          conditions && names.length > 0
            ? fc.option(stateConditionArbitrary(names), { nil: undefined, freq: 2 })
            : fc.constant(undefined),
      }),
    )
    .map(({ when, ...job }) => ({ ...job, ...(when && { when }) }));
}

/** Graphs without circles, their jobs written in any order. */
export function graphArbitrary({ conditions }: { conditions: boolean }): fc.Arbitrary<JobPlan[]> {
  return fc
    .integer({ min: 1, max: 7 })
    .chain((size) => fc.tuple(...Array.from({ length: size }, (_, i) => jobArbitrary(i, conditions))))
    .chain((jobs) => fc.shuffledSubarray(jobs, { minLength: jobs.length }));
}
