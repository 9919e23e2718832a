/** `node --import tsx mailbox-process.ts <databaseUrl> <mailbox as JSON> <caFile> before|after`: dies before or after it has stored. */
import { readFileSync } from "node:fs";
import { createInboundMessageStore } from "../../db/inbound-messages.js";
import { createPool } from "../../db/pool.js";
import type { ImapMailbox } from "../../domain/imap-mailbox.js";
import { defaultSoftBounces } from "../../domain/soft-bounces.js";
import { readMailbox } from "../../mail/inbound/imap.js";

const [databaseUrl, json, caFile, when] = process.argv.slice(2);
if (!databaseUrl || !json || !caFile) throw new Error("usage: see above");
const messages = createInboundMessageStore(createPool(databaseUrl), defaultSoftBounces);
await readMailbox({
  mailbox: { ...(JSON.parse(json) as ImapMailbox), ca: readFileSync(caFile) },
  store: async (raw) => {
    if (when === "after") await messages.store({ recipient: null, raw });
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => undefined);
  },
  onOpened: () => undefined,
  onUnreadable: () => undefined,
  suspects: { uidValidity: null, failures: new Map() },
  signal: new AbortController().signal,
});
