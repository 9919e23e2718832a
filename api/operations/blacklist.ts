import { z } from "zod";
import { checkBlacklistsSchema, historySchema, standingsSchema } from "../../client/blacklist.js";
import { blacklistStatuses } from "../../domain/blacklist-changes.js";
import { subjectKinds } from "../../domain/blacklists.js";
import { operation } from "../operation.js";

const about = {
  tenantId: z.string().nullable(),
  subject: z.string(),
  kind: z.enum(subjectKinds),
  list: z.string(),
};
const said = { codes: z.array(z.string()), meaning: z.string().nullable() };
const standing = z.object({
  ...about,
  status: z.enum(blacklistStatuses),
  ...said,
  removalUrl: z.string().nullable(),
  error: z.string().nullable(),
  since: z.date(),
  checkedAt: z.date(),
});
const change = z.object({
  changeId: z.string(),
  ...about,
  change: z.enum(["listed", "delisted"]),
  ...said,
  pausedNodes: z.array(z.string()),
  happenedAt: z.date(),
});
const health = z.object({
  ...{ list: z.string(), kind: z.enum(subjectKinds), healthy: z.boolean(), reason: z.string().nullable() },
  ...{ since: z.date(), checkedAt: z.date() },
});

const path = "/api/blacklist";
const look = { resource: "blacklist", level: "read" } as const;

export const blacklistOperations = [
  operation({
    ...look,
    ...{ id: "blacklist.list", method: "get", path, isList: true },
    summary: "What DNS blacklists say of the addresses and domains that mail leaves from, listed ones first",
    input: standingsSchema,
    output: standing,
    call: (floe, query) => floe.blacklists.list(query),
  }),
  operation({
    ...look,
    ...{ id: "blacklist.history", method: "get", path: `${path}/history` },
    summary: "What was listed and delisted, newest first",
    input: historySchema,
    output: change,
    page: { cursor: "changeId", by: "before" },
    call: (floe, query) => floe.blacklists.history(query),
  }),
  operation({
    ...look,
    ...{ id: "blacklist.lists", method: "get", path: `${path}/lists`, isList: true },
    summary: "The lists that are asked, and whether they passed their own test (RFC 5782, 5)",
    input: z.strictObject({}),
    output: health,
    call: (floe) => floe.blacklists.lists(),
  }),
  operation({
    ...{
      id: "blacklist.check",
      method: "post",
      path: `${path}/check`,
      resource: "blacklist",
      level: "write",
    },
    status: 202,
    summary:
      "Have the lists asked now, about everything or one subject; what they say stands in the list when it is done",
    input: checkBlacklistsSchema,
    output: z.object({ workflowId: z.string() }),
    call: (floe, input) => floe.blacklists.request(input),
  }),
];
