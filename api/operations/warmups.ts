import { z } from "zod";
import {
  changeSchema,
  daysSchema,
  listSchema,
  pauseSchema,
  refSchema,
  startSchema,
} from "../../client/warmup-input.js";
import { warmupKinds } from "../../domain/warmup-allowance.js";
import { healthLevels } from "../../domain/warmup-health.js";
import { warmupStatuses } from "../../domain/warmup-status.js";
import { operation } from "../operation.js";

const plan = z.object({
  preset: z.string(),
  firstDays: z.array(z.number()),
  growth: z.number(),
  step: z.number(),
  target: z.number(),
  hours: z.number(),
  catchUp: z.number(),
  total: z.boolean(),
  mailboxProviders: z.record(z.string(), z.number()),
  engagement: z.boolean(),
});
const preset = plan.extend({
  title: z.string(),
  source: z.string(),
  kinds: z.array(z.enum(warmupKinds)).readonly(),
});
const warmup = z.object({
  warmupId: z.string(),
  tenantId: z.string(),
  kind: z.enum(warmupKinds),
  key: z.string(),
  plan,
  status: z.enum(warmupStatuses),
  pausedBy: z.enum(["person", "health"]).nullable(),
  reason: z.string().nullable(),
  position: z.number(),
  idleDays: z.number(),
  lastDay: z.string().nullable(),
  planned: z.number().nullable(),
  healthPauses: z.number(),
  resumeOn: z.string().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
  endedAt: z.date().nullable(),
});
const standing = warmup.extend({
  usedToday: z.number().nullable(),
  health: z.object({ level: z.enum(healthLevels), reason: z.string() }).nullable(),
});
const report = standing.extend({
  curve: z.array(z.number()),
  nextDays: z.array(z.object({ day: z.string(), planned: z.number() })),
  allowances: z.array(
    z.object({
      mailboxProvider: z.string().nullable(),
      perDay: z.number(),
      perHour: z.number().nullable(),
      used: z.number(),
    }),
  ),
});
const measured = z.number().nullable();
const day = z.object({
  day: z.string(),
  position: z.number(),
  planned: z.number(),
  paused: z.boolean(),
  decision: z.string(),
  reason: z.string(),
  used: measured,
  accepted: measured,
  deferred: measured,
  bounced: measured,
  complained: measured,
  opened: measured,
  clicked: measured,
});

const path = "/api/warmups";
const one = `${path}/:warmup_id`;
const look = { resource: "warmups", method: "get", level: "read" } as const;
/** How much a tenant may send is its owner's matter, as nodes are. */
const change = { resource: "warmups", level: "own" } as const;
const steer = { resource: "warmups", method: "post", level: "write", edits: "warmups.get" } as const;

export const warmupOperations = [
  operation({
    ...look,
    ...{ id: "warmups.presets", path: "/api/warmup-presets", isList: true },
    summary: "Ready-made curves, with the source of their figures",
    input: z.strictObject({}),
    output: preset,
    call: (floe) => floe.warmups.presets(),
  }),
  operation({
    ...look,
    ...{ id: "warmups.list", path },
    summary: "Warmups, newest first, and how they go today",
    input: listSchema,
    output: standing,
    page: { cursor: "warmupId", by: "before" },
    call: (floe, input) => floe.warmups.list(input),
  }),
  operation({
    ...change,
    ...{ id: "warmups.start", method: "post", path, status: 201 },
    summary: "Warm up a node, a domain or a mailbox, by a preset or a curve of one's own",
    input: startSchema,
    output: report,
    call: (floe, input) => floe.warmups.start(input),
  }),
  operation({
    ...look,
    ...{ id: "warmups.get", path: one },
    summary: "One warmup, with its curve and the days to come",
    input: refSchema,
    output: report,
    call: (floe, input) => floe.warmups.get(input),
  }),
  operation({
    ...look,
    ...{ id: "warmups.days", path: `${one}/days` },
    summary: "Its days, newest first: what was planned and why, and what was measured",
    input: daysSchema,
    output: day,
    page: { cursor: "day", by: "before" },
    call: (floe, input) => floe.warmups.days(input),
  }),
  operation({
    ...steer,
    ...{ id: "warmups.pause", path: `${one}/pause` },
    summary: "Let its allowance stay as it is",
    input: pauseSchema,
    output: report,
    call: (floe, input) => floe.warmups.pause(input),
  }),
  operation({
    ...steer,
    ...{ id: "warmups.resume", path: `${one}/resume` },
    summary: "Let it go on; also one that was paused because of bounces or complaints",
    input: refSchema,
    output: report,
    call: (floe, input) => floe.warmups.resume(input),
  }),
  operation({
    ...change,
    ...{ id: "warmups.change_plan", method: "put", path: `${one}/plan`, edits: "warmups.get" },
    summary: "Give it another curve; it goes on where that one allows no more than now",
    input: changeSchema,
    output: report,
    call: (floe, input) => floe.warmups.changePlan(input),
  }),
  operation({
    ...change,
    ...{ id: "warmups.stop", method: "post", path: `${one}/stop`, edits: "warmups.get" },
    summary: "End it: nothing is held back by it any more",
    input: refSchema,
    output: report,
    call: (floe, input) => floe.warmups.stop(input),
  }),
];
