import { z } from "zod";
import type { FloeCalls } from "../../client/assemble.js";
import { InvalidInput } from "../../domain/errors.js";
import { operation } from "../operation.js";
import { toSnake } from "../wire.js";
import { cleanup } from "./maintenance.js";
import { progressAnswer, withUserId } from "./progress.js";
import { queueStats, systemStatus, toStats, worker } from "./queues.js";

const path = "/api/queue/admin";
const common = { resource: "queues", level: "platform" } as const;
const looks = ["status", "stats", "workers"] as const;
const acts = ["pause", "resume", "retry", "remove", "inspect", "clean"] as const;
/** What is wrong with a value is said by the call that it is for. */
const given = z.string().optional();

const done = z.object({ done: z.boolean() });

/** What operators ask and do at one address: `?action=status`, `{"action": "pause", …}`. */
export const queueAdminOperations = [
  operation({
    ...common,
    ...{ id: "queue_admin.look", method: "get", path },
    summary: "How the system stands: status, stats or workers",
    input: z.strictObject({ action: z.enum(looks, oneOf(looks)), tenantId: given }),
    output: z.union([systemStatus, queueStats, z.object({ workers: z.array(worker) })]),
    call: async ({ queues }, { action, ...rest }) => {
      switch (action) {
        case "status":
          refuseRest(rest);
          return queues.status();
        case "stats":
          return toStats(await queues.stats(rest));
        case "workers":
          refuseRest(rest);
          return { workers: await queues.workers() };
        default:
          throw notAnAction(looks);
      }
    },
  }),
  operation({
    ...common,
    ...{ id: "queue_admin.act", method: "post", path },
    summary: "Pause or resume a send or a schedule, retry, remove, inspect, clean",
    input: z.strictObject({
      action: z.enum(acts, oneOf(acts)),
      ...{ tenantId: given, sendId: given, scheduleId: given, id: given, reason: given },
      deadLetterIds: z.array(z.string()).optional(),
      dryRun: z.boolean().optional(),
      actor: given,
    }),
    output: z.union([
      cleanup,
      progressAnswer,
      z.object({ revived: z.number() }),
      z.object({ dismissed: z.number() }),
      done,
    ]),
    call: act,
  }),
];

type Given = Record<string, unknown>;

/** What is given says what is meant: a send or a schedule, dead letters or progress. */
async function act(
  { campaigns, schedules, deadLetters, progress: reports, maintenance }: FloeCalls,
  { action, actor, ...rest }: { action: string; actor?: string | undefined } & Given,
) {
  switch (action) {
    case "pause":
    case "resume":
      if ("scheduleId" in rest) await schedules[action](rest as Parameters<typeof schedules.pause>[0]);
      else await campaigns[action](sendOf(rest));
      return { done: true };
    case "retry":
      return campaigns.retryFailed(sendOf(rest));
    case "remove":
      if ("deadLetterIds" in rest)
        return deadLetters.dismiss({ ...rest, actor } as Parameters<typeof deadLetters.dismiss>[0]);
      await reports.delete(rest as Parameters<typeof reports.delete>[0]);
      return { done: true };
    case "inspect":
      return withUserId(await reports.get(rest as Parameters<typeof reports.get>[0]));
    case "clean": {
      const { dryRun, ...others } = rest;
      refuseRest(others);
      return maintenance.cleanup({ ...(dryRun !== undefined && { dryRun: dryRun as boolean }) });
    }
    default:
      throw notAnAction(acts);
  }
}

function sendOf({ tenantId, sendId, ...rest }: Given): { tenantId: string; sendId: string } {
  refuseRest(rest);
  return { tenantId, sendId } as { tenantId: string; sendId: string };
}

function refuseRest(rest: Given): void {
  const problem = "does not belong to this action; leave it out";
  const fields = Object.keys(rest).filter((name) => rest[name] !== undefined);
  if (fields.length > 0) throw new InvalidInput(fields.map((field) => ({ field: toSnake(field), problem })));
}

function notAnAction(actions: readonly string[]): InvalidInput {
  return new InvalidInput([{ field: "action", problem: oneOf(actions) }]);
}

function oneOf(actions: readonly string[]): string {
  return `must be one of ${actions.join(", ")}`;
}
