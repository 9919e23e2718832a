import { describe, expect, it } from "vitest";
import { parseJobGraph } from "../../client/job-graph-input.js";
import { checkCron } from "../../domain/cron.js";
import { InvalidInput } from "../../domain/errors.js";

const wait = { name: "pause", type: "wait", input: { seconds: 60 } };

function refusalsOf(graph: unknown) {
  try {
    parseJobGraph(graph);
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems;
    throw error;
  }
  return [];
}

it("an edge may be a name alone; what was left out is what holds unless told", () => {
  const graph = parseJobGraph({
    name: "weekly",
    jobs: [wait, { ...wait, name: "later", after: ["pause"] }],
    schedule: { cron: "0 9 * * MON" },
  });
  expect(graph.jobs[1]?.after).toEqual([{ job: "pause", onFailure: "stop", onSkip: "skip" }]);
  expect(graph.schedule).toEqual({ cron: "0 9 * * MON", timeZone: "UTC" });
});

it("a file to import is named from wherever the graph is read, and inputs stay as they were written", () => {
  const { jobs } = parseJobGraph({
    name: "g",
    jobs: [
      { name: "list", type: "import.contacts", input: { path: "people.csv", list: "news" } },
      {
        name: "mail",
        type: "email.send",
        after: ["list"],
        input: { recipient: "ann@example.com", subject: "x", text: "y", fromEmail: "a@example.com" },
      },
    ],
  });
  expect(jobs[0]?.input).toEqual({
    fileUrl: expect.stringMatching(/^file:\/\/\/.*people\.csv$/) as string,
    list: "news",
    hasHeader: true,
  });
  expect(jobs[1]?.input).toMatchObject({ recipient: "ann@example.com" });
});

describe("what is wrong is told by its field, all at once:", () => {
  it.each<[string, unknown, [field: string, problem: string][]]>([
    ["no jobs", { name: "g", jobs: [] }, [["jobs", "is empty"]]],
    ["a name", { name: "Über", jobs: [wait] }, [["name", "must be 1 to 63"]]],
    [
      "no input",
      { name: "g", jobs: [{ name: "a", type: "wait" }] },
      [["jobs.0.input.seconds", "is missing"]],
    ],
    [
      "types and inputs",
      {
        name: "g",
        jobs: [
          { name: "a", type: "dance" },
          { name: "b", type: "wait", input: { seconds: -1 } },
          { name: "c", type: "campaign.send", input: { campaignId: "x" } },
        ],
      },
      [
        ["jobs.0.type", "is not a type of job"],
        ["jobs.1.input.seconds", "at least 1"],
        ["jobs.2.input.campaignId", "must be a UUID"],
      ],
    ],
    [
      "what is the graph's to give",
      { name: "g", jobs: [{ name: "a", type: "email.send", input: { idempotencyKey: "k" } }] },
      [["jobs.0.input.idempotencyKey", "is the graph's to give"]],
    ],
    [
      "edges",
      {
        name: "g",
        jobs: [wait, { ...wait, name: "b", after: [{ job: "pause", onFailure: "retry", retries: 99 }] }],
      },
      [["jobs.1.after.0.retries", "must be at most 10"]],
    ],
    [
      "conditions, however deep",
      {
        name: "g",
        jobs: [
          wait,
          {
            ...wait,
            name: "b",
            after: ["pause"],
            when: { or: [{ not: { job: "pause", path: "state", op: "is", value: 1 } }] },
          },
        ],
      },
      [["jobs.1.when.or.0.not.op", "must be one of eq, ne"]],
    ],
    [
      "what it does not know",
      { name: "g", jobs: [wait], schedule: { cron: "0 9 * *", every: 5 } },
      [
        ["schedule.cron", "must have five fields"],
        ["every", "is not known"],
      ],
    ],
    [
      "a time zone",
      { name: "g", jobs: [wait], schedule: { cron: "* * * * *", timeZone: "Mars" } },
      [["schedule.timeZone", "is not a time zone"]],
    ],
  ])("%s", (_, graph, expected) => {
    const problems = refusalsOf(graph);
    for (const [field, problem] of expected)
      expect(problems).toContainEqual({ field, problem: expect.stringContaining(problem) as string });
    expect(problems).toHaveLength(expected.length);
  });

  it("a condition nested without end", () => {
    let when: object = { job: "pause", path: "state", op: "exists" };
    for (let depth = 0; depth < 11; depth += 1) when = { not: when };
    const [problem] = refusalsOf({ name: "g", jobs: [wait, { ...wait, name: "b", after: ["pause"], when }] });
    expect(problem?.field).toMatch(/^jobs\.1\.when(\.not){10}$/);
    expect(problem?.problem).toContain("nested deeper than 10");
  });
});

it.each([
  ["*/15 0-6,12 1 JAN-MAR MON-FRI", null],
  ["0 3 * * 7", null],
  ["60 * * * *", "has no such minute: 60"],
  ["0 5-3 * * *", "has no such hour: 5-3"],
  ["0 0 0 * *", "has no such day of the month: 0"],
  ["0 0 1 FOO *", "has no such month: FOO"],
  ["0 0 1 1 ,", "has no such day of the week: nothing"],
  ["*/0 * * * *", "has no such minute: */0"],
])("the cron expression %s: %s", (cron, problem) => {
  expect(checkCron(cron)).toBe(problem);
});
