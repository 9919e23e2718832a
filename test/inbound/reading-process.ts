/** `node --import tsx reading-process.ts <databaseUrl>`: begins to read what waits, and dies in the middle of it. */
import { createInboundMessageStore } from "../../db/inbound-messages.js";
import { defaultSoftBounces } from "../../domain/soft-bounces.js";
import { createPool } from "../../db/pool.js";

const [databaseUrl] = process.argv.slice(2);
if (!databaseUrl) throw new Error("usage: reading-process.ts <databaseUrl>");
await createInboundMessageStore(createPool(databaseUrl), defaultSoftBounces).process(10, () => {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
});
