import { afterAll, expect, test } from "vitest";
import { testDatabase } from "../setup/stack.js";
import { Way } from "../support/way.js";
import { createRecipient, payloadOf, runCallbacks, stateOf } from "./fixture.js";

const { pool, databaseUrl } = await testDatabase();
const way = new Way(databaseUrl);
await way.open();
const api = await runCallbacks(way.databaseUrl);
afterAll(() => way.cut());

test("while Postgres is away a provider is asked to come again, and what it repeats counts once", async () => {
  const { send, token } = await createRecipient(pool);
  const signed = await api.sign("mailgun", payloadOf("mailgun", "bounced", token));
  await way.cut();
  const refused = await api.post("mailgun", signed);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("10");
  expect((await stateOf(pool, send)).events).toEqual([]);

  await way.open();
  // The same token again: it was not spent, because nothing was committed.
  expect((await api.post("mailgun", signed)).status).toBe(204);
  expect((await api.post("mailgun", signed)).status).toBe(204);
  expect((await stateOf(pool, send)).events).toEqual([{ kind: "bounce", url: null }]);
});

test("a connection that breaks in the middle of the transaction leaves nothing, and the repetition counts once", async () => {
  const { send, token } = await createRecipient(pool);
  const signed = await api.sign("sendgrid", payloadOf("sendgrid", "complained", token));
  // Whoever follows the complaint waits here, with the event's name inserted and not committed.
  const holder = await pool.connect();
  await holder.query("begin");
  await holder.query("lock table email_engagements in access exclusive mode");
  const answer = api.post("sendgrid", signed);
  await expect.poll(() => waitingForLock()).toBe(1);
  await way.cut();
  expect((await answer).status).toBe(503);
  await holder.query("rollback");
  holder.release();
  expect(await stateOf(pool, send)).toMatchObject({ events: [], suppressions: [], reports: [] });

  await way.open();
  expect((await api.post("sendgrid", signed)).status).toBe(204);
  expect(await stateOf(pool, send)).toMatchObject({
    events: [{ kind: "complaint" }],
    suppressions: [{ reason: "complained" }],
    reports: [{ kind: "complaint", result: "suppressed" }],
  });
});

async function waitingForLock(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from pg_locks l join pg_database d on d.oid = l.database
     where d.datname = current_database() and not l.granted`,
  );
  return rows[0]?.count ?? 0;
}
