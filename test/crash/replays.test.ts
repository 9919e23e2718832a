import { afterAll, beforeAll, expect, it } from "vitest";
import { replayEnded } from "../dead-letters/fixture.js";
import { startCrashStack, type CrashStack } from "../support/crash-stack.js";
import { closeGate } from "../support/gate.js";

const tenantId = "replays";
const letters = 300;

let stack: CrashStack;

beforeAll(async () => {
  stack = await startCrashStack();
  const { floe, pool } = stack;
  await floe.tenants.create({ tenantId });
  await pool.query(
    `with i as (
       insert into lead_imports (import_id, tenant_id, file_url, mapping, status)
       values (gen_random_uuid(), $1, 'file:///gone.csv', '{"col_0": "email"}', 'completed') returning import_id
     )
     insert into lead_import_refusals (import_id, line, field, reason, raw)
     select import_id, n, 'email', 'has no domain', 'nobody' || n || '@' from i, generate_series(1, $2::int) n`,
    [tenantId, letters],
  );
}, 120_000);
afterAll(() => stack.close(), 60_000);

it("kill -9 of the orchestrator in the middle of a page: no letter is missed, none is replayed twice", async () => {
  const { floe, parts, pool } = stack;
  // Whoever marks items as replayed has written and told their page by then.
  const gate = await closeGate(pool, { table: "dead_letter_replay_items", state: "replayed" });
  const replay = await floe.deadLetters.replay({ tenantId, all: true, perSecond: 100 });
  await gate.reached();
  expect(await floe.deadLetters.replayStatus(replay)).toMatchObject({ status: "running", replayed: 0 });
  await parts.orchestrator.kill();
  await gate.open();

  expect(await replayEnded(floe, replay)).toMatchObject({ items: letters, replayed: letters, refused: 0 });
  // A refused row that nobody mended comes back once each time it is replayed.
  const { rows } = await pool.query<{ count: number; old: number }>(
    `select count(*)::int as count, count(distinct replay_of)::int as old
     from dead_letters where tenant_id = $1 and replay_of is not null`,
    [tenantId],
  );
  expect(rows).toEqual([{ count: letters, old: letters }]);
  expect(await floe.deadLetters.preview({ tenantId })).toMatchObject({ count: letters });
}, 240_000);
