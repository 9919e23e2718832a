import { z } from "zod";
import { backfillSchema, pauseSchema, refSchema } from "../../client/schedules.js";
import { operation } from "../operation.js";

const schedule = z.object({
  scheduleId: z.string(),
  note: z.string(),
  state: z.enum(["active", "paused", "absent"]),
  reason: z.string().nullable(),
  ...{ nextAt: z.date().nullable(), lastAt: z.date().nullable() },
  lastWorkflowId: z.string().nullable(),
  running: z.number(),
});

const path = "/api/schedules";
const one = `${path}/:schedule_id`;
const common = { resource: "schedules", level: "platform" } as const;

export const scheduleOperations = [
  operation({
    ...common,
    ...{ id: "schedules.list", method: "get", path, isList: true },
    summary: "Recurring work, and when it runs next",
    input: z.strictObject({}),
    output: schedule,
    call: (floe) => floe.schedules.list(),
  }),
  operation({
    ...common,
    ...{ id: "schedules.get", method: "get", path: one },
    summary: "One schedule",
    input: refSchema,
    output: schedule,
    call: (floe, ref) => floe.schedules.get(ref),
  }),
  operation({
    ...common,
    ...{ id: "schedules.pause", method: "post", path: `${one}/pause` },
    summary: "Start nothing by it until it is resumed, whatever is deployed meanwhile",
    input: pauseSchema,
    call: (floe, input) => floe.schedules.pause(input),
  }),
  operation({
    ...common,
    ...{ id: "schedules.resume", method: "post", path: `${one}/resume` },
    summary: "Start by it again",
    input: pauseSchema,
    call: (floe, input) => floe.schedules.resume(input),
  }),
  operation({
    ...common,
    ...{ id: "schedules.trigger", method: "post", path: `${one}/trigger` },
    summary: "Start it now, once, also while it is paused",
    input: refSchema,
    call: (floe, ref) => floe.schedules.trigger(ref),
  }),
  operation({
    ...common,
    ...{ id: "schedules.backfill", method: "post", path: `${one}/backfill` },
    summary: "Start what it would have started between two times, one after the other",
    input: backfillSchema,
    call: (floe, input) => floe.schedules.backfill(input),
  }),
];
