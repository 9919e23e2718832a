import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobCondition } from "../../domain/job-graph.js";
import { foresee, holds } from "../../domain/job-graph-conditions.js";
import { checkJobGraph, topologicalOrder } from "../../domain/job-graph-validation.js";
import { edge, graphArbitrary, stateConditionArbitrary, waitJob } from "./arbitraries.js";
import { everyFate, simulate } from "./simulation.js";

const stateOf = (job: string, value: string): JobCondition => ({ job, path: "state", op: "eq", value });

describe("any graph", () => {
  it("without circles and conditions is in order, and can be put into one", () => {
    fc.assert(
      fc.property(graphArbitrary({ conditions: false }), (jobs) => {
        expect(checkJobGraph(jobs)).toEqual([]);
        const order = topologicalOrder(jobs);
        expect([...order].sort()).toEqual(jobs.map(({ name }) => name).sort());
        for (const { name, after } of jobs)
          for (const { job } of after) expect(order.indexOf(job)).toBeLessThan(order.indexOf(name));
      }),
    );
  });

  it("that is closed to a circle is refused at an edge of the circle", () => {
    fc.assert(
      fc.property(graphArbitrary({ conditions: false }), fc.nat(), fc.nat(), (jobs, from, to) => {
        const first = jobs[from % jobs.length] ?? waitJob("none");
        const behind = jobs.filter(({ name }) => waitsFor(name, first.name));
        const last = behind[to % Math.max(1, behind.length)];
        fc.pre(last !== undefined && !first.after.some(({ job }) => job === last.name));
        const circle = jobs.map((job) =>
          job === first ? { ...job, after: [...job.after, edge(last?.name ?? "")] } : job,
        );
        const problems = checkJobGraph(circle);
        expect(problems.length).toBeGreaterThanOrEqual(2);
        for (const { field, problem } of problems) {
          expect(field).toMatch(/^jobs\.\d+\.after\.\d+\.job$/);
          expect(problem).toContain("closes a circle");
        }

        function waitsFor(name: string, other: string): boolean {
          const { after = [] } = jobs.find((job) => job.name === name) ?? {};
          return after.some(({ job }) => job === other || waitsFor(job, other));
        }
      }),
    );
  });

  it("loses no job that could run: one that is refused as unreachable runs whatever happens never", () => {
    let refused = 0;
    fc.assert(
      fc.property(graphArbitrary({ conditions: true }), (jobs) => {
        const never = checkJobGraph(jobs).map(({ field }) => jobs[Number(field.split(".")[1])]?.name ?? "");
        refused += never.length;
        for (const fails of everyFate(jobs))
          for (const name of never) expect(simulate(jobs, fails).order).not.toContain(name);
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

it("what is foreseen of a condition is what it comes to", () => {
  const names = ["a", "b"];
  const states = fc.record({
    a: fc.constantFrom("succeeded" as const, "failed" as const, "skipped" as const),
    b: fc.constantFrom("succeeded" as const, "blocked" as const),
  });
  fc.assert(
    fc.property(stateConditionArbitrary(names), states, (condition, { a, b }) => {
      const outcomes = { a: { state: a, result: {} }, b: { state: b, result: {} } };
      const foreseen = foresee(condition, new Map([["a", a]]));
      if (foreseen !== undefined) expect(holds(condition, outcomes)).toBe(foreseen);
      expect(foresee(condition, new Map([["a", a] as const, ["b", b] as const]))).toBe(
        holds(condition, outcomes),
      );
    }),
  );
});

it("compares counts and ids of results; what is not there is false", () => {
  const outcomes = { mail: { state: "succeeded" as const, result: { sent: 3, emailId: "e1" } } };
  const compare = (
    path: string,
    op: "gt" | "lte" | "in" | "exists" | "ne",
    value?: number | (string | number)[],
  ) => holds({ job: "mail", path, op, ...(value !== undefined && { value }) }, outcomes);
  expect([compare("sent", "gt", 2), compare("sent", "lte", 2), compare("sent", "in", [1, 3])]).toEqual([
    true,
    false,
    true,
  ]);
  expect([compare("emailId", "exists"), compare("dead", "exists"), compare("dead", "ne", 1)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(compare("emailId", "gt", 1)).toBe(false);
});

describe("what is wrong is told by its field:", () => {
  it.each([
    ["a name twice", [waitJob("a"), waitJob("a")], "jobs.1.name", "is the name of jobs.0 too"],
    [
      "an unknown type",
      [{ ...waitJob("a"), type: "dance" }],
      "jobs.0.type",
      "one of campaign.send, email.send",
    ],
    ["an unknown job", [waitJob("a", [edge("b")])], "jobs.0.after.0.job", "there is no job b"],
    ["itself", [waitJob("a", [edge("a")])], "jobs.0.after.0.job", "is the job itself"],
    [
      "an edge twice",
      [waitJob("a"), waitJob("b", [edge("a"), edge("a")])],
      "jobs.1.after.1.job",
      "is named twice",
    ],
    [
      "retries without retry",
      [waitJob("a"), waitJob("b", [{ ...edge("a"), retries: 2 }])],
      "jobs.1.after.0.retries",
      "needs onFailure: retry",
    ],
    [
      "retry without retries",
      [waitJob("a"), waitJob("b", [{ job: "a", onFailure: "retry" as const, onSkip: "skip" as const }])],
      "jobs.1.after.0.retries",
      "is missing",
    ],
    [
      "a condition on nobody",
      [waitJob("a", [], stateOf("x", "failed"))],
      "jobs.0.when.job",
      "there is no job x",
    ],
    [
      "a condition on a job that does not come before",
      [waitJob("a"), waitJob("b", [], { and: [stateOf("a", "failed")] })],
      "jobs.1.when.and.0.job",
      "a does not run before this job",
    ],
    [
      "a result that there is not",
      [waitJob("a"), waitJob("b", [edge("a")], { not: { job: "a", path: "sent", op: "gt", value: 1 } })],
      "jobs.1.when.not.path",
      "is nothing that wait results in; one of state, seconds",
    ],
    [
      "a text where a number is needed",
      [waitJob("a"), waitJob("b", [edge("a")], { job: "a", path: "seconds", op: "gt", value: "1" })],
      "jobs.1.when.value",
      "must be a number for gt",
    ],
    [
      "a condition that its own edge rules out",
      [waitJob("a"), waitJob("b", [edge("a")], stateOf("a", "failed"))],
      "jobs.1.when",
      "can never be true",
    ],
    [
      "a job behind one that never runs",
      [waitJob("a"), waitJob("b", [edge("a")], stateOf("a", "failed")), waitJob("c", [edge("b")])],
      "jobs.2.after",
      "it needs b, which never runs",
    ],
  ])("%s", (_, jobs, field, problem) => {
    expect(checkJobGraph(jobs)).toContainEqual({
      field,
      problem: expect.stringContaining(problem) as string,
    });
  });
});
