import express, { Router, type Request } from "express";
import type { DeadLetter, DeadLetterDetail, DeadLetters } from "../client/dead-letters.js";
import type { Replay } from "../client/replays.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";

export interface DeadLetterRoutePorts {
  deadLetters: DeadLetters;
  apiToken: string | undefined;
}

const path = "/api/dead-letters";
const names = {
  ...{ tenant_id: "tenantId", dead_letter_ids: "deadLetterIds", kind: "kind", send_id: "sendId" },
  ...{ reason: "reason", text: "text", created_after: "createdAfter", created_before: "createdBefore" },
  ...{ after: "after", before: "before", limit: "limit", all: "all", per_second: "perSecond" },
  ...{ recipient: "recipient", variables: "variables", data: "data", values: "values" },
  ...{ older_than_days: "olderThanDays", expected: "expected", actor: "actor", because: "because" },
};
type Input = Record<string, unknown>;

/**
 * Dead letters over HTTP, behind the token: `GET /api/dead-letters`, `/preview` and `/:id`; `PATCH /:id` edits;
 * `POST /replays` starts a replay, `GET /replays` and `/replays/:id` tell how it stands, `POST
 * /replays/:id/pause|resume|cancel` steers it; `POST /dismiss` and `/purge`. What is done is audited under `actor`.
 */
export function createDeadLetterRoutes({ deadLetters, apiToken }: DeadLetterRoutePorts): Router {
  const router = Router();
  router.use(path, bearer(apiToken), express.json());
  addReplayRoutes(router, deadLetters);

  router.get(path, async (request, response) => {
    const rows = await named(() => deadLetters.list(queryOf(request)));
    response.json({ dead_letters: rows.map(letterToJson) });
  });
  router.get(`${path}/preview`, async (request, response) => {
    const { count, reasons, sample } = await named(() => deadLetters.preview(queryOf(request)));
    response.json({ count, reasons, sample: sample.map(letterToJson) });
  });
  router.post(`${path}/dismiss`, async (request, response) => {
    response.json(await named(() => deadLetters.dismiss(bodyOf(request))));
  });
  router.get(`${path}/purgeable`, async (request, response) => {
    const { count, createdBefore } = await named(() => deadLetters.countPurgeable(queryOf(request)));
    response.json({ count, created_before: createdBefore });
  });
  router.post(`${path}/purge`, async (request, response) => {
    response.json(await named(() => deadLetters.purge(bodyOf(request))));
  });
  router.get(`${path}/:id`, async (request, response) => {
    const letter = await named(() => deadLetters.get(queryOf(request, { deadLetterId: request.params.id })));
    response.json(detailToJson(letter));
  });
  router.patch(`${path}/:id`, async (request, response) => {
    const letter = await named(() => deadLetters.edit(bodyOf(request, { deadLetterId: request.params.id })));
    response.json(detailToJson(letter));
  });
  return router;
}

function addReplayRoutes(router: Router, deadLetters: DeadLetters): void {
  router.post(`${path}/replays`, async (request, response) => {
    const replay = await named(() => deadLetters.replay(bodyOf(request)));
    const { tenantId, replayId } = replay;
    response
      .status(202)
      .location(`${path}/replays/${replayId}?tenant_id=${tenantId}`)
      .json(replayToJson(replay));
  });
  router.get(`${path}/replays`, async (request, response) => {
    const rows = await named(() => deadLetters.replays(queryOf(request)));
    response.json({ replays: rows.map(replayToJson) });
  });
  router.get(`${path}/replays/:id`, async (request, response) => {
    const ref = { replayId: request.params.id };
    response.json(replayToJson(await named(() => deadLetters.replayStatus(queryOf(request, ref)))));
  });
  for (const [name, steer] of [
    ["pause", "pauseReplay"],
    ["resume", "resumeReplay"],
    ["cancel", "cancelReplay"],
  ] as const) {
    router.post(`${path}/replays/:id/${name}`, async (request, response) => {
      const ref = { replayId: request.params.id };
      response.json(replayToJson(await named(() => deadLetters[steer](bodyOf(request, ref)))));
    });
  }
}

function named<T>(call: () => Promise<T>): Promise<T> {
  return withNames(names, async () => call());
}

/** As the SDK calls it, which checks every value. */
function queryOf<T>(request: Request, more: Input = {}): T {
  const query = readNames(request.query, names);
  for (const name of ["limit", "olderThanDays"]) if (name in query) query[name] = Number(query[name]);
  return { ...query, ...more } as T;
}

/** What is done is done by the API, unless the body says by whom. */
function bodyOf<T>(request: Request, more: Input = {}): T {
  return { actor: "api", ...readNames(request.body, names), ...more } as T;
}

function letterToJson(letter: DeadLetter) {
  return {
    ...{ dead_letter_id: letter.deadLetterId, kind: letter.kind, reason: letter.reason },
    ...{ attempts: letter.attempts, created_at: letter.createdAt, replay_of: letter.replayOf },
    ...{ send_id: letter.sendId, contact_id: letter.contactId, email_id: letter.emailId },
    ...{ delivery_id: letter.deliveryId, import_id: letter.importId, line: letter.line },
    ...{ export_id: letter.exportId, run_id: letter.runId, job: letter.job },
  };
}

function detailToJson(letter: DeadLetterDetail) {
  const { resolution, resolvedAt, payload, attemptLog, earlier } = letter;
  return {
    ...letterToJson(letter),
    ...{ resolution, resolved_at: resolvedAt, payload, attempt_log: attemptLog },
    earlier: earlier.map(({ deadLetterId, reason, attempts, createdAt }) => ({
      ...{ dead_letter_id: deadLetterId, reason, attempts, created_at: createdAt },
    })),
  };
}

function replayToJson(replay: Replay) {
  return {
    ...{ replay_id: replay.replayId, status: replay.status, per_second: replay.perSecond },
    ...{ items: replay.items, replayed: replay.replayed, refused: replay.refused },
    ...{ created_at: replay.createdAt, updated_at: replay.updatedAt, finished_at: replay.finishedAt },
  };
}
