import express, { Router } from "express";
import type { DeadLetters, Dismissal } from "../client/dead-letters.js";
import type { SendRef } from "../client/campaign-input.js";
import type { Maintenance } from "../client/maintenance.js";
import type { ProgressRef, ProgressReports } from "../client/progress.js";
import type { Queues } from "../client/queues.js";
import type { PauseInput, Schedules } from "../client/schedules.js";
import type { SendSteering } from "../client/send-steering.js";
import type { SystemLoad } from "../domain/system-load.js";
import { InvalidInput } from "../domain/errors.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";
import { progressToJson } from "./operations/progress.js";

export interface AdminRoutePorts {
  queues: Queues;
  campaigns: Pick<SendSteering, "pause" | "resume">;
  schedules: Pick<Schedules, "pause" | "resume">;
  deadLetters: Pick<DeadLetters, "retry" | "dismiss">;
  progress: Pick<ProgressReports, "get" | "delete">;
  maintenance: Pick<Maintenance, "cleanup">;
  apiToken: string | undefined;
}

const path = "/api/queue/admin";
const names = {
  ...{ tenant_id: "tenantId", send_id: "sendId", schedule_id: "scheduleId", reason: "reason" },
  ...{ dead_letter_ids: "deadLetterIds", id: "id", dry_run: "dryRun" },
};
type Input = Record<string, unknown>;
type Action = (input: Input) => Promise<unknown>;

/**
 * What operators ask and do, over HTTP: `GET /api/queue/admin?action=status|stats|workers`, and `POST` with
 * `{"action": "pause" | "resume" | "retry" | "remove" | "inspect" | "clean", …}`.
 */
export function createAdminRoutes(ports: AdminRoutePorts): Router {
  const looks = createLooks(ports.queues);
  const actions = createActions(ports);
  const router = Router();
  router.use(path, bearer(ports.apiToken));

  router.get(path, async (request, response) => {
    const { action, ...query } = request.query;
    const look = find(looks, action);
    response.json(await withNames(names, async () => look(readNames(query, names))));
  });

  router.post(path, express.json(), async (request, response) => {
    const { action, ...body } = (request.body ?? {}) as Input;
    const act = find(actions, action);
    response.json(await withNames(names, async () => act(readNames(body, names))));
  });
  return router;
}

function createLooks(queues: Queues): Record<string, Action> {
  return {
    status: async (input) => {
      refuseRest(input);
      const { up, parts, load } = await queues.status();
      return { up, parts, load: load && loadToJson(load) };
    },
    stats: async (input) => {
      const { work, deadLetters, queues: found } = await queues.stats(input);
      return {
        queues: found.map((queue) => ({
          ...{ queue: queue.queue, kind: queue.kind, backlog: queue.backlog },
          ...{ backlog_age_ms: queue.backlogAgeMs, workers: queue.pollers.length },
          ...{ added_per_second: queue.addedPerSecond, taken_per_second: queue.takenPerSecond },
        })),
        ...{ work, dead_letters: deadLetters },
      };
    },
    workers: async (input) => {
      refuseRest(input);
      const workers = await queues.workers();
      return {
        workers: workers.map(({ identity, queues: polled, lastSeenAt }) => ({
          ...{ identity, queues: polled, last_seen_at: lastSeenAt },
        })),
      };
    },
  };
}

/** What is given says what is meant: a send or a schedule, dead letters or progress. */
function createActions(ports: AdminRoutePorts): Record<string, Action> {
  const { campaigns, schedules, deadLetters, progress, maintenance } = ports;
  const done = (input: Input) => ({ done: true, ...jsonOf(input) });
  return {
    pause: async (input) => {
      if ("scheduleId" in input) await schedules.pause(input as PauseInput);
      else await campaigns.pause(sendOf(input));
      return done(input);
    },
    resume: async (input) => {
      if ("scheduleId" in input) await schedules.resume(input as PauseInput);
      else await campaigns.resume(sendOf(input));
      return done(input);
    },
    retry: async (input) => deadLetters.retry(sendOf(input)),
    remove: async (input) => {
      if ("deadLetterIds" in input) return deadLetters.dismiss({ ...(input as Dismissal), actor: "api" });
      await progress.delete(input as ProgressRef);
      return done(input);
    },
    inspect: async (input) => progressToJson(await progress.get(input as ProgressRef)),
    clean: async ({ dryRun, ...rest }) => {
      refuseRest(rest);
      return maintenance.cleanup({ ...(dryRun !== undefined && { dryRun: dryRun as boolean }) });
    },
  };
}

function find(actions: Record<string, Action>, name: unknown): Action {
  const action = typeof name === "string" && Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action) return action;
  const problem = `must be one of ${Object.keys(actions).join(", ")}`;
  throw new InvalidInput([{ field: "action", problem }]);
}

function sendOf({ tenantId, sendId, ...rest }: Input): SendRef {
  refuseRest(rest);
  return { tenantId, sendId } as SendRef;
}

function refuseRest(rest: Input): void {
  const problem = "does not belong to this action; leave it out";
  const fields = Object.keys(rest);
  if (fields.length > 0) throw new InvalidInput(fields.map((field) => ({ field, problem })));
}

function jsonOf(input: Input): Input {
  const jsonNames = new Map(Object.entries(names).map(([json, name]) => [name, json]));
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [jsonNames.get(name) ?? name, value]),
  );
}

function loadToJson({ factor, lowered }: SystemLoad) {
  if (!lowered) return { factor };
  return {
    factor,
    lowered: {
      factor: lowered.factor,
      at: lowered.at,
      memory: lowered.memory,
      queue_depth: lowered.queueDepth,
      error_rate: lowered.errorRate,
    },
  };
}
