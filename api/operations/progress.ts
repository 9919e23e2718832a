import { z } from "zod";
import {
  progressListSchema,
  progressRefSchema,
  type ProgressQuery,
  type ProgressRef,
} from "../../client/progress.js";
import { progressStatuses, type Progress } from "../../domain/progress.js";
import { withNames } from "../operation-names.js";
import { operation } from "../operation.js";
import { toWire } from "../wire.js";

export const progressAnswer = z.object({
  id: z.string(),
  tenantId: z.string(),
  userId: z.string().nullable(),
  kind: z.enum(["import", "export", "send", "ab-test", "sequence", "graph"]),
  status: z.enum(progressStatuses),
  total: z.number().nullable(),
  processed: z.number(),
  failed: z.number(),
  message: z.string().nullable(),
  sequence: z.number(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  updatedAt: z.date(),
  finishedAt: z.date().nullable(),
});

const { user, ...listFields } = progressListSchema.shape;
const query = z.strictObject({ ...listFields, userId: user, id: progressRefSchema.shape.id.optional() });
const names = { user: "userId" };

const common = { resource: "progress", path: "/api/queue/progress" } as const;

export const progressOperations = [
  operation({
    ...common,
    ...{ id: "progress.list", method: "get", level: "read" },
    summary: "How pieces of work stand, newest first: all of a tenant or user; or the one with this id",
    input: query,
    output: progressAnswer,
    page: { cursor: "id", by: "before" },
    orOne: true,
    call: (floe, { userId, ...rest }) =>
      withNames(names, async () => {
        const asked = { ...rest, ...(userId !== undefined && { user: userId }) };
        if ("id" in asked) return withUserId(await floe.progress.get(asked as ProgressRef));
        return (await floe.progress.list(asked as ProgressQuery)).map(withUserId);
      }),
  }),
  operation({
    ...common,
    ...{ id: "progress.delete", method: "delete", level: "write" },
    summary: "Forget how something that has ended went",
    input: progressRefSchema,
    call: (floe, input) => floe.progress.delete(input),
  }),
];

export function progressToJson(found: Progress): unknown {
  return toWire(progressAnswer, withUserId(found));
}

export function withUserId({ user, ...rest }: Progress): z.output<typeof progressAnswer> {
  return { ...rest, userId: user };
}
