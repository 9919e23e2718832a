import { expect, test } from "vitest";
import { createLedger } from "../../db/ledger.js";
import { createPool } from "../../db/pool.js";
import { createSendStore } from "../../db/send-store.js";
import { testDatabase } from "../setup/stack.js";
import { createTestSend, people, runBatch, settlement } from "./factories.js";

const { databaseUrl } = await testDatabase();

test("a sent mail costs the ledger one insert and one heap-only update", async () => {
  // One connection, because each keeps its statistics to itself until they are flushed.
  const pool = createPool(databaseUrl, { max: 1 });
  const recipients = 2_000;
  const send = await createTestSend(pool, people(recipients));
  const page = await createSendStore(pool).snapshotPage(send.sendId, {
    contacts: recipients + 1,
    batchSize: 500,
  });
  const ledger = createLedger(pool);
  for (const batchNo of page.groups.flatMap((group) => group.batchNos)) {
    await runBatch(ledger, send, batchNo, (id) =>
      settlement(id, "sent", { nodeId: "node-1", enhancedCode: "2.0.0" }),
    );
  }
  await pool.query("select pg_stat_force_next_flush()");
  await pool.query("select 1");
  const { rows } = await pool.query(
    `select sum(n_tup_ins)::int as inserted, sum(n_tup_upd)::int as updated, sum(n_tup_hot_upd)::int as heap_only,
       sum(n_tup_del)::int as deleted
     from pg_stat_user_tables where relname like 'email_sends%'`,
  );
  await pool.end();
  expect(rows).toEqual([{ inserted: recipients, updated: recipients, heap_only: recipients, deleted: 0 }]);
});
