import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobPlan, JobState } from "../../domain/job-graph.js";
import { attemptsOf, decideJob, runStatusOf } from "../../domain/job-graph-scheduling.js";
import { edge, graphArbitrary, waitJob } from "./arbitraries.js";
import { simulate } from "./simulation.js";

const failing = fc.array(fc.nat(6), { maxLength: 4 }).map((indexes) => {
  const names = new Set(indexes.map((i) => `job${i}`));
  return (name: string) => names.has(name);
});
const picks = fc.infiniteStream(fc.nat(6)).map((stream) => () => Number(stream.next().value));

function outcome(state: JobState) {
  return { state, result: {} };
}

function decide(job: JobPlan, states: Record<string, JobState>) {
  return decideJob(job, Object.fromEntries(Object.entries(states).map(([name, s]) => [name, outcome(s)])))
    .kind;
}

describe("the scheduling rule, whatever the graph and whatever fails,", () => {
  it("brings every job to an end, and runs none before those it waits for", () => {
    fc.assert(
      fc.property(graphArbitrary({ conditions: true }), failing, picks, (jobs, fails, pick) => {
        const { outcomes, order } = simulate(jobs, fails, pick);
        expect(Object.values(outcomes).filter(({ state }) => state === "waiting")).toEqual([]);
        for (const { name, after } of jobs.filter((job) => order.includes(job.name)))
          for (const { job } of after.filter((before) => order.includes(before.job)))
            expect(order.indexOf(job)).toBeLessThan(order.indexOf(name));
      }),
    );
  });

  it("gives the same end in whatever order the jobs end", () => {
    fc.assert(
      fc.property(graphArbitrary({ conditions: true }), failing, picks, (jobs, fails, pick) => {
        expect(simulate(jobs, fails, pick).outcomes).toEqual(simulate(jobs, fails).outcomes);
      }),
    );
  });

  it("runs no job behind a failure that its edge does not go past, nor behind a skip", () => {
    fc.assert(
      fc.property(graphArbitrary({ conditions: true }), failing, (jobs, fails) => {
        const { outcomes, order } = simulate(jobs, fails);
        for (const { after } of jobs.filter((job) => order.includes(job.name)))
          for (const { job, onFailure, onSkip } of after) {
            const state = outcomes[job]?.state;
            if (state === "failed" || state === "blocked") expect(onFailure).toBe("continue");
            if (state === "skipped") expect(onSkip).toBe("continue");
          }
      }),
    );
  });

  it("runs everything when nothing fails and nothing has a condition", () => {
    fc.assert(
      fc.property(graphArbitrary({ conditions: false }), (jobs) => {
        const { outcomes, order } = simulate(jobs, () => false);
        expect(order).toHaveLength(jobs.length);
        expect(runStatusOf(jobs, outcomes)).toBe("completed");
      }),
    );
  });
});

describe("a job", () => {
  it("waits until the last one before it has ended", () => {
    const job = waitJob("c", [edge("a"), edge("b")]);
    expect(decide(job, { a: "succeeded", b: "running" })).toBe("wait");
    expect(decide(job, { a: "failed", b: "waiting" })).toBe("wait");
    expect(decide(job, { a: "succeeded", b: "succeeded" })).toBe("run");
  });

  it.each([
    ["stop", "failed", "block"],
    ["stop", "blocked", "block"],
    ["retry", "failed", "block"],
    ["continue", "failed", "run"],
    ["continue", "blocked", "run"],
    ["continue", "skipped", "skip"],
  ] as const)("behind an edge that says %s is, when the job before is %s: %s", (onFailure, state, kind) => {
    expect(decide(waitJob("b", [edge("a", onFailure)]), { a: state })).toBe(kind);
  });

  it("runs behind a skipped one when its edge says so, and is blocked rather than skipped", () => {
    expect(decide(waitJob("b", [edge("a", "stop", "continue")]), { a: "skipped" })).toBe("run");
    expect(decide(waitJob("c", [edge("a"), edge("b")]), { a: "skipped", b: "failed" })).toBe("block");
  });

  it("is skipped when its condition is false", () => {
    const when = { job: "a", path: "state", op: "eq", value: "failed" } as const;
    const job = waitJob("b", [edge("a", "continue")], when);
    expect(decide(job, { a: "succeeded" })).toBe("skip");
    expect(decide(job, { a: "failed" })).toBe("run");
  });

  it("is tried as often as the most patient edge behind it asks", () => {
    const patient = { ...edge("a", "retry"), retries: 3 };
    const jobs = [waitJob("a"), waitJob("b", [edge("a")]), waitJob("c", [patient])];
    expect(attemptsOf("a", jobs)).toBe(4);
    expect(attemptsOf("b", jobs)).toBe(1);
  });
});

describe("a run", () => {
  it("has failed when a failure was not gone past by every edge, or nothing comes behind it", () => {
    const jobs = [waitJob("a"), waitJob("b", [edge("a", "continue")]), waitJob("c", [edge("a")])];
    const failed = { a: outcome("failed"), b: outcome("succeeded"), c: outcome("blocked") };
    expect(runStatusOf(jobs, failed)).toBe("failed");
    expect(runStatusOf(jobs.slice(0, 2), failed)).toBe("completed");
    expect(runStatusOf(jobs.slice(0, 1), failed)).toBe("failed");
  });

  it("is cancelled when a job of it is", () => {
    expect(runStatusOf([waitJob("a")], { a: outcome("cancelled") })).toBe("cancelled");
  });
});
