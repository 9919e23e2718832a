import { z } from "zod";
import {
  replayRefSchema,
  replayRequestSchema,
  replaysSchema,
  replaySteeringSchema,
} from "../../client/dead-letter-input.js";
import { operation } from "../operation.js";

const replay = z.object({
  replayId: z.string(),
  tenantId: z.string(),
  status: z.enum(["running", "paused", "completed", "cancelled"]),
  perSecond: z.number(),
  items: z.number(),
  replayed: z.number(),
  refused: z.number(),
  createdAt: z.date(),
  updatedAt: z.date(),
  finishedAt: z.date().nullable(),
});

const path = "/api/dead-letters/replays";
const one = `${path}/:replay_id`;
const common = { resource: "dead-letters" } as const;
const looking = { ...common, method: "get", level: "read" } as const;
/** The SDK writes who did it, and why, with the change. */
const acting = { ...common, method: "post", level: "write", recorded: true } as const;
const steering = { ...acting, input: replaySteeringSchema, output: replay, edits: "replays.get" } as const;

export const deadLetterReplayOperations = [
  operation({
    ...acting,
    ...{ id: "replays.start", path, status: 202 },
    summary: "Try dead letters again as a durable job: these, those a filter matches, or all",
    input: replayRequestSchema,
    output: replay,
    call: (floe, input) => floe.deadLetters.replay(input),
  }),
  operation({
    ...looking,
    ...{ id: "replays.list", path },
    summary: "Replays, newest first",
    input: replaysSchema,
    output: replay,
    page: { cursor: "replayId", by: "before" },
    call: (floe, input) => floe.deadLetters.replays(input),
  }),
  operation({
    ...looking,
    ...{ id: "replays.get", path: one },
    summary: "How a replay stands",
    input: replayRefSchema,
    output: replay,
    call: (floe, input) => floe.deadLetters.replayStatus(input),
  }),
  operation({
    ...steering,
    ...{ id: "replays.pause", path: `${one}/pause` },
    summary: "Take up no further letters",
    call: (floe, input) => floe.deadLetters.pauseReplay(input),
  }),
  operation({
    ...steering,
    ...{ id: "replays.resume", path: `${one}/resume` },
    summary: "Go on; also one whose workflow was lost",
    call: (floe, input) => floe.deadLetters.resumeReplay(input),
  }),
  operation({
    ...steering,
    ...{ id: "replays.cancel", path: `${one}/cancel` },
    summary: "End it; letters that it has not reached stay open",
    call: (floe, input) => floe.deadLetters.cancelReplay(input),
  }),
];
