import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createInboundMessageStore } from "../../db/inbound-messages.js";
import { defaultSoftBounces } from "../../domain/soft-bounces.js";
import { testDatabase } from "../setup/stack.js";

it("a message that was stored is read once, though a process was killed while it read it", async () => {
  const { databaseUrl, pool } = await testDatabase();
  const store = createInboundMessageStore(pool, defaultSoftBounces);
  const message = {
    recipient: { sendId: randomUUID(), contactId: "1" },
    raw: Buffer.from("Subject: Re: hello\n\nHello"),
  };
  await store.store(message);
  await store.store(message);

  const script = fileURLToPath(new URL("./reading-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, databaseUrl], { stdio: "inherit" });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);

  const read: string[] = [];
  const processed = await store.process(10, (raw) => {
    read.push(raw.toString());
    return Promise.resolve({ report: { kind: "other" }, recipient: null });
  });
  expect(processed).toEqual([{ report: { kind: "other" }, result: "unmatched", isDmarc: false }]);
  expect(read).toEqual([message.raw.toString()]);
  expect(await store.process(10, () => Promise.reject(new Error("read twice")))).toEqual([]);
});
