import { z } from "zod";
import {
  abTestRefSchema,
  abTestReplacementSchema,
  abTestSchema,
  abTestsSchema,
  pickSchema,
  startAbTestSchema,
} from "../../client/ab-test-input.js";
import { abTestMetrics, abTestStatuses } from "../../domain/ab-test.js";
import { operation } from "../operation.js";

const abTest = z.object({
  abTestId: z.string(),
  tenantId: z.string(),
  name: z.string(),
  status: z.enum(abTestStatuses),
  paused: z.boolean(),
  rules: z.object({
    metric: z.enum(abTestMetrics),
    sharePercent: z.number(),
    durationMs: z.number(),
    minimumDelivered: z.number(),
    mostUnsubscribesPercent: z.number().nullable(),
    onUnclear: z.enum(["best", "hold"]),
    lateAfterMs: z.number(),
    onLate: z.enum(["send", "hold"]),
  }),
  variants: z.array(
    z.object({
      variant: z.number(),
      name: z.string(),
      templateVersionId: z.string(),
      fromName: z.string().nullable(),
      sendId: z.string().nullable(),
    }),
  ),
  winner: z.number().nullable(),
  decidedBy: z.enum(["rules", "person"]).nullable(),
  reason: z.string().nullable(),
  lateMs: z.number().nullable(),
  restSendId: z.string().nullable(),
  scheduledAt: z.date().nullable(),
  startedAt: z.date().nullable(),
  testedAt: z.date().nullable(),
  decideAt: z.date().nullable(),
  decidedAt: z.date().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
  finishedAt: z.date().nullable(),
});

const results = z.object({
  test: abTest,
  variants: z.array(
    z.object({
      variant: z.number(),
      name: z.string(),
      delivered: z.number(),
      opens: z.number(),
      clicks: z.number(),
      unsubscribes: z.number(),
      /** Of the metric that decides, with its 95 % confidence interval. */
      rate: z.object({
        ...{ hits: z.number(), of: z.number() },
        ...{ rate: z.number(), low: z.number(), high: z.number() },
      }),
    }),
  ),
  standing: z.object({ variant: z.number().nullable(), clear: z.boolean(), reason: z.string() }),
});

const path = "/api/ab-tests";
const one = `${path}/:ab_test_id`;
const common = { resource: "ab-tests" } as const;
const looking = { ...common, method: "get", level: "read" } as const;
/** What is asked acts within seconds. */
const steering = { ...common, method: "post", level: "write", status: 202, edits: "ab_tests.get" } as const;

export const abTestOperations = [
  operation({
    ...common,
    ...{ id: "ab_tests.create", method: "post", path, level: "write", status: 201 },
    summary: "Compose an A/B test of two to five variants; nothing is sent yet",
    input: abTestSchema,
    output: z.object({ abTestId: z.string() }),
    call: (floe, input) => floe.abTests.create(input),
  }),
  operation({
    ...looking,
    ...{ id: "ab_tests.list", path },
    summary: "A/B tests, newest first",
    input: abTestsSchema,
    output: abTest,
    page: { cursor: "abTestId", by: "before" },
    call: (floe, input) => floe.abTests.list(input),
  }),
  operation({
    ...looking,
    ...{ id: "ab_tests.get", path: one },
    summary: "One A/B test",
    input: abTestRefSchema,
    output: abTest,
    call: (floe, input) => floe.abTests.get(input),
  }),
  operation({
    ...common,
    ...{ id: "ab_tests.replace", method: "put", path: one, level: "write", edits: "ab_tests.get" },
    summary: "All of a draft anew; once started, it stays",
    input: abTestReplacementSchema,
    output: abTest,
    call: (floe, input) => floe.abTests.replace(input),
  }),
  operation({
    ...common,
    ...{ id: "ab_tests.remove", method: "delete", path: one, level: "write", edits: "ab_tests.get" },
    summary: "Delete an A/B test that was never started",
    input: abTestRefSchema,
    call: (floe, input) => floe.abTests.remove(input),
  }),
  operation({
    ...looking,
    ...{ id: "ab_tests.results", path: `${one}/results` },
    summary: "How its variants do, and what the rules would choose now",
    input: abTestRefSchema,
    output: results,
    call: (floe, input) => floe.abTests.results(input),
  }),
  operation({
    ...steering,
    ...{ id: "ab_tests.start", path: `${one}/start` },
    summary: "Begin, at once or at a time; repeated, the first time counts",
    input: startAbTestSchema,
    call: (floe, input) => floe.abTests.start(input),
  }),
  operation({
    ...steering,
    ...{ id: "ab_tests.pause", path: `${one}/pause` },
    summary: "Hold its sends, and the choice",
    input: abTestRefSchema,
    call: (floe, input) => floe.abTests.pause(input),
  }),
  operation({
    ...steering,
    ...{ id: "ab_tests.resume", path: `${one}/resume` },
    summary: "Go on; a choice whose time has passed is made then",
    input: abTestRefSchema,
    call: (floe, input) => floe.abTests.resume(input),
  }),
  operation({
    ...steering,
    ...{ id: "ab_tests.cancel", path: `${one}/cancel` },
    summary: "End its sends; the rest gets nothing",
    input: abTestRefSchema,
    call: (floe, input) => floe.abTests.cancel(input),
  }),
  operation({
    ...steering,
    ...{ id: "ab_tests.pick_winner", path: `${one}/pick-winner` },
    summary: "Choose instead of the rules: by a variant's number or name",
    input: pickSchema,
    call: (floe, input) => floe.abTests.pickWinner(input),
  }),
];
