import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createInboundMessageStore } from "../../db/inbound-messages.js";
import type { ImapMailbox } from "../../domain/imap-mailbox.js";
import { defaultSoftBounces } from "../../domain/soft-bounces.js";
import { keptBytes } from "../../mail/inbound/kept-bytes.js";
import { keepMailbox } from "../../workers/inbound-mailbox.js";
import { testDatabase } from "../setup/stack.js";
import { startImapServer, type ImapServer } from "../support/imap-server.js";
import { until } from "../support/until.js";
import { plain } from "./samples.js";

let server: ImapServer;
const { databaseUrl, pool } = await testDatabase();
const messages = createInboundMessageStore(pool, defaultSoftBounces);

beforeAll(async () => {
  server = await startImapServer();
}, 300_000);
afterAll(() => server.close());

let users = 0;
const newUser = (): string => `user${(users += 1)}`;
const message = (user: string, nth: number): string =>
  plain([`To: ${user}@b.example`, `Subject: Message ${nth}`], "Hello");

/** Reads the mailbox until the test ends; `stored` grows with every message that is handed over. */
function keep(mailbox: ImapMailbox, pollMs = 600_000) {
  const stored: Buffer[] = [];
  const states: boolean[] = [];
  const kept = keepMailbox({
    ...{ mailbox, pollMs, log: pino({ level: "silent" }) },
    metrics: { inboundMailbox: (_host, isOpen) => states.push(isOpen) },
    store: async (raw) => {
      await messages.store({ recipient: null, raw });
      stored.push(raw);
    },
  });
  onTestFinished(() => kept.stop());
  return { stored, states, stop: () => kept.stop() };
}

const unread = async (user: string): Promise<string> =>
  server.doveadm("search", "-u", user, "mailbox", "INBOX", "UNKEYWORD", "$FloeRead");

/** Reads all that waits in the database; what came of each. */
async function process(): Promise<string[]> {
  const done = await messages.process(1_000, () =>
    Promise.resolve({ report: { kind: "other" }, recipient: null }),
  );
  return done.map(({ result }) => result);
}

describe("a mailbox that mail comes back to", () => {
  it("is read page by page, and then as mail arrives; what is stored is marked", async () => {
    const user = newUser();
    for (let i = 0; i < 45; i += 1) await server.deliver(user, message(user, i));
    const { stored } = keep(server.mailbox(user));
    await until("all are stored", () => Promise.resolve(stored.length === 45));
    await server.deliver(user, message(user, 45));
    await until("the new one is stored", () => Promise.resolve(stored.length === 46));
    await until("all are marked", async () => (await unread(user)) === "");
    expect(await server.doveadm("search", "-u", user, "mailbox", "INBOX", "UNSEEN")).toBe("");
    expect(await process()).toHaveLength(46);
  });

  it("can have what is stored moved to a folder", async () => {
    const user = newUser();
    await server.deliver(user, message(user, 1));
    keep(server.mailbox(user, { moveTo: "Read" }));
    await until(
      "it is moved",
      async () => (await server.doveadm("search", "-u", user, "mailbox", "Read")) !== "",
    );
    expect(await server.doveadm("search", "-u", user, "mailbox", "INBOX")).toBe("");
    expect(await process()).toHaveLength(1);
  });

  it.each(["before", "after"])("is read once when a process is killed %s storing", async (when) => {
    const user = newUser();
    await server.deliver(user, message(user, 1));
    const script = fileURLToPath(new URL("./mailbox-process.ts", import.meta.url));
    const { ca, ...mailbox } = server.mailbox(user);
    expect(ca).toBeDefined();
    const args = [databaseUrl, JSON.stringify(mailbox), server.caFile, when];
    const child = spawn(globalThis.process.execPath, ["--import", "tsx", script, ...args], {
      stdio: "inherit",
    });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    expect(await unread(user)).not.toBe("");
    // What was stored may have been read before the mailbox gives it again.
    const first = await process();
    expect(first).toHaveLength(when === "after" ? 1 : 0);

    keep(server.mailbox(user));
    await until("it is marked", async () => (await unread(user)) === "");
    expect(await process()).toEqual([when === "after" ? "repeated" : "unmatched"]);
  });

  it("survives that the server counts its messages anew, and has lost the marks", async () => {
    const user = newUser();
    for (let i = 0; i < 3; i += 1) await server.deliver(user, message(user, i));
    const before = keep(server.mailbox(user));
    await until("all are marked", async () => before.stored.length === 3 && (await unread(user)) === "");
    await before.stop();
    expect(await process()).toEqual(["unmatched", "unmatched", "unmatched"]);
    await server.doveadm("mailbox", "update", "-u", user, "--uid-validity", "4242", "INBOX");
    await server.doveadm("flags", "remove", "-u", user, "$FloeRead", "mailbox", "INBOX", "ALL");
    await server.deliver(user, message(user, 3));

    keep(server.mailbox(user));
    await until("the new one is stored and marked", async () => (await unread(user)) === "");
    expect((await process()).toSorted()).toEqual(["repeated", "repeated", "repeated", "unmatched"]);
  });

  it("is read on when one message cannot be had", async () => {
    const user = newUser();
    for (let i = 0; i < 5; i += 1) await server.deliver(user, message(user, i));
    const folder = join(server.maildir(user), "new");
    const [poison = ""] = (await readdir(folder)).sort();
    await chmod(join(folder, poison), 0o000);
    const { stored } = keep(server.mailbox(user), 500);
    await until("the others are stored", () => Promise.resolve(stored.length === 4));
    await server.deliver(user, message(user, 5));
    await until("and what comes later", () => Promise.resolve(stored.length === 5));
    await process();
  });

  it("gives the beginning of what is too long", async () => {
    const user = newUser();
    await server.deliver(user, message(user, 1) + "x".repeat(76).concat("\r\n").repeat(20_000));
    const { stored } = keep(server.mailbox(user));
    await until("it is stored", () => Promise.resolve(stored.length === 1));
    expect(stored[0]?.length).toBe(keptBytes);
    await process();
  });

  it("is opened again after the server was away", async () => {
    const user = newUser();
    await server.deliver(user, message(user, 1));
    const { stored, states } = keep(server.mailbox(user));
    await until("it is stored", () => Promise.resolve(stored.length === 1));
    await server.stop();
    await until("it is known to be away", () => Promise.resolve(states.at(-1) === false));
    await server.start();
    await server.deliver(user, message(user, 2));
    await until("what came meanwhile is stored", () => Promise.resolve(stored.length === 2));
    expect(states).toContain(true);
    await process();
  });

  it("is not opened on a server whose certificate nobody vouches for; STARTTLS is taken", async () => {
    const user = newUser();
    await server.deliver(user, message(user, 1));
    const { ca, ...unverified } = server.mailbox(user);
    expect(ca).toBeDefined();
    const refused = keep(unverified);
    await until("it is refused", () => Promise.resolve(refused.states.length > 0));
    expect(refused.states).not.toContain(true);
    const { stored } = keep(server.mailbox(user, { port: server.plainPort, secure: false }));
    await until("it is stored", () => Promise.resolve(stored.length === 1));
    await process();
  });
});
