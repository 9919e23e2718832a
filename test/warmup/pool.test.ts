import { MockActivityEnvironment } from "@temporalio/testing";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { WarmupPoolActivities } from "../../activities/warmup-pool.js";
import { createEmailsOf } from "../../client/parts.js";
import { createTemporalClient } from "../../client/temporal.js";
import { connectFloe } from "../../client/connect.js";
import type { WarmupMailbox } from "../../client/warmup-mailboxes.js";
import { warmupEngagementWorkflowId } from "../../domain/ids.js";
import { wireWarmupPool } from "../../workers/warmup-pool-wiring.js";
import { startImapServer, type ImapServer } from "../support/imap-server.js";
import { sealerOf } from "../support/keys.js";
import { startMailDrop, type MailDrop } from "../support/mail-drop.js";
import { until } from "../support/until.js";
import { startWorld, type World } from "../support/world.js";

const tenantId = "pooled";
const hourMs = 3_600_000;
/** Where it is about noon now: the day's window is neither over nor too short. */
const offset = 12 - new Date().getUTCHours();
const timeZone = `Etc/GMT${offset > 0 ? `-${offset}` : `+${-offset}`}`;

let world: World;
let imap: ImapServer;
let drop: MailDrop;
let clicks: Server;
let clicked = 0;
let activities: WarmupPoolActivities;
const temporalOf = () => createTemporalClient(world.config.temporal);

beforeAll(async () => {
  clicks = createServer((_, response) => {
    clicked += 1;
    response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
  }).listen(0, "127.0.0.1");
  imap = await startImapServer();
  drop = await startMailDrop(imap);
  const publicUrl = `http://127.0.0.1:${(clicks.address() as AddressInfo).port}`;
  const warmupHours = { days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 24 * 60 };
  world = await startWorld({
    config: { ...{ warmupEngagement: true, warmupHours, timeZone, publicUrl, rateLimitEnabled: false } },
  });
  const temporal = temporalOf();
  const { config, pool } = world;
  ({ activities } = wireWarmupPool({
    ...{ pool, config, sealer: sealerOf(), metrics: { warmupPooled: () => undefined } },
    ...{ emails: createEmailsOf(pool, temporal), connect: () => temporal.connect() },
  }));
  await world.floe.tenants.create({ tenantId, name: "Pooled" });
  await world.floe.nodes.upsert({ nodeId: "pooled-node", tenantId, host: "127.0.0.1", port: drop.port });
  return () => temporal.close();
}, 300_000);

afterAll(async () => {
  clicks.close();
  await drop.close();
  await imap.close();
});

function settingsOf(user: string) {
  const { host, port, password, ca } = imap.mailbox(user);
  return {
    ...{ tenantId, address: `${user}@pool.example`, nodeId: "pooled-node" },
    ...{ imapHost: host, imapPort: port, imapUser: user, imapPassword: password, imapCa: String(ca) },
  };
}

const look = (mailboxId: string, nowMs: number) =>
  new MockActivityEnvironment().run(() => activities.engageMailbox({ tenantId, mailboxId, nowMs }));
const write = (warmupId: string, nowMs: number) =>
  new MockActivityEnvironment().run(() => activities.sendWarmupLetters({ warmupId, nowMs }));
const letters = () => world.floe.warmupMailboxes.messages({ tenantId, limit: 1_000 });
const headerOf = (raw: string, name: string): string =>
  new RegExp(`^${name}:\\s*((?:.|\\r\\n[ \\t])*)\\r\\n`, "im").exec(raw)?.[1]?.replaceAll(/\s+/g, " ") ?? "";

it("is off unless it is turned on, and says why and what to set", async () => {
  const { databaseUrl, temporal, redisUrl } = world.config;
  const off = await connectFloe({ databaseUrl, redisUrl, temporalAddress: temporal.address });
  await expect(off.warmupMailboxes.add(settingsOf("nobody"))).rejects.toThrow(
    /breach mailbox providers' terms.*set WARMUP_ENGAGEMENT=true/,
  );
  await off.close();
});

it("a check says what is wrong, and a mailbox that cannot be read is not opted in", async () => {
  const { warmupMailboxes } = world.floe;
  const { mailboxId, ...mailbox } = await warmupMailboxes.add({
    ...settingsOf("wrong"),
    imapPassword: "not this one",
  });
  expect(JSON.stringify(mailbox)).not.toContain("not this one");
  const { problem } = await warmupMailboxes.check({ tenantId, mailboxId });
  expect(problem).toMatch(/does not let this user in.*app password/);
  await expect(warmupMailboxes.optIn({ tenantId, mailboxId })).rejects.toThrow(/cannot be opted in/);
  await warmupMailboxes.update({ tenantId, mailboxId, imapPort: 1 });
  expect((await warmupMailboxes.check({ tenantId, mailboxId })).problem).toMatch(/Nothing listens there/);
  await warmupMailboxes.update({ tenantId, mailboxId, imapPort: settingsOf("wrong").imapPort, imapCa: null });
  expect((await warmupMailboxes.check({ tenantId, mailboxId })).problem).toMatch(
    /certificate is not trusted/,
  );
  await warmupMailboxes.remove({ tenantId, mailboxId });
});

it("mailboxes that opted in write to each other, rescue and answer, once each; other mail is left alone, and an opt-out ends it at once", async () => {
  const { floe, pool } = world;
  const { delivered } = drop;
  const users = ["anna", "bert", "carl"];
  const added: WarmupMailbox[] = [];
  const warmups: string[] = [];
  for (const user of users) {
    const theirs = (subject: string) =>
      `From: friend@other.example\r\nMessage-ID: <${subject}@x>\r\nSubject: ${subject}\r\n\r\nHello\r\n`;
    await imap.deliver(user, theirs("theirs"));
    await imap.deliver(user, theirs("spam"), "Junk");
    const { mailboxId } = await floe.warmupMailboxes.add(settingsOf(user));
    added.push(await floe.warmupMailboxes.optIn({ tenantId, mailboxId, actor: "a test" }));
  }
  const plan = { firstDays: [16], target: 16 };
  for (const { address } of added)
    warmups.push((await floe.warmups.start({ tenantId, kind: "mailbox", key: address, plan })).warmupId);
  expect(added).toMatchObject(users.map(() => ({ optedInBy: "a test", problem: null })));
  for (const warmupId of warmups)
    await until("its day is planned", async () => (await floe.warmups.get({ warmupId })).planned === 16);

  // All of the day, as if it were evening; the workflows of these warmups write at the same time.
  const evening = Date.now() + 12 * hourMs;
  for (const warmupId of warmups) await write(warmupId, evening);
  await until("all have arrived", async () => delivered.length === 36);
  const sent = await letters();
  expect(sent).toHaveLength(36);
  for (const { address } of added) {
    const to = sent.filter(({ from }) => from === address).map((letter) => letter.to);
    expect(to).toHaveLength(12);
    // Evenly among the other two.
    expect(to.filter((other) => other === to[0])).toHaveLength(6);
  }

  for (const { mailboxId } of added) await look(mailboxId, evening);
  const found = await letters();
  const inJunk = delivered.filter(({ folder }) => folder === "Junk").length;
  expect(found.filter(({ placement }) => placement === "junk")).toHaveLength(inJunk);
  expect(found.filter(({ placement }) => placement === "inbox")).toHaveLength(36 - inJunk);

  // A worker that dies between an answer's leaving and its being written down.
  await pool.query(`
    create sequence deaths;
    create function die_once() returns trigger language plpgsql as $$ begin
      if nextval('deaths') = 1 then raise exception 'The worker died.'; end if;
      return new;
    end $$;
    create trigger die_once before update of done_at on warmup_engagements for each row
      when (new.action = 'reply' and new.skipped is null) execute function die_once();`);
  let deaths = 0;
  for (let after = 0; after < 3; after += 1)
    for (const { mailboxId } of added) {
      const nowMs = evening + (6 + 6 * after) * hourMs;
      await look(mailboxId, nowMs).catch(async (error: unknown) => {
        expect(String(error)).toContain("The worker died.");
        deaths += 1;
        await look(mailboxId, nowMs);
      });
    }
  expect(deaths).toBe(1);
  const answers = (await letters()).filter(({ depth, status }) => depth > 0 && status === "sent");
  expect(answers.length).toBeGreaterThan(0);
  await until("the answers have arrived", async () => delivered.length === 36 + answers.length);
  const byId = new Map(delivered.map((message) => [headerOf(message.raw, "Message-ID"), message]));
  expect(byId.size).toBe(delivered.length);
  for (const { raw } of delivered.slice(36)) {
    const before = byId.get(headerOf(raw, "In-Reply-To"));
    expect(before?.to).toBe(/^From: (\w+)@/m.exec(raw)?.[1]);
    expect(headerOf(raw, "References")).toMatch(new RegExp(`${headerOf(raw, "In-Reply-To")}$`));
    expect(headerOf(raw, "Subject")).toMatch(/^Re: /);
  }
  const done = (await letters()).flatMap(({ actions }) => actions);
  // Clicks and marks are rare: there may be none.
  expect(done).toEqual(expect.arrayContaining(["rescue", "open", "reply"]));
  expect(clicked).toBe(done.filter((action) => action === "click").length);
  for (const user of users) {
    const flags = (subject: string, box: string) =>
      imap.doveadm("fetch", "-u", user, "flags", "mailbox", box, "header", "Message-ID", `<${subject}@x>`);
    expect(await flags("theirs", "INBOX")).not.toMatch(/Seen|Flagged/);
    expect(await flags("spam", "Junk")).not.toMatch(/Seen|NotJunk/);
    const rescued = await imap.doveadm("search", "-u", user, "mailbox", "INBOX", "KEYWORD", "$NotJunk");
    expect(rescued).not.toBe("");
  }

  // Letters that wait for tomorrow do not leave to or from whoever opted out today.
  const [anna, , carl] = added;
  await pool.query("update warmup_messages set status = 'planned' where message_id = any ($1)", [
    sent.filter(({ to }) => to === carl?.address).map(({ messageId }) => messageId),
  ]);
  const ref = { tenantId, mailboxId: carl?.mailboxId ?? "" };
  await floe.warmupMailboxes.optOut({ ...ref, actor: "a test" });
  const before = delivered.length;
  for (const warmupId of warmups) await write(warmupId, evening);
  expect(delivered.length).toBe(before);
  expect(await look(ref.mailboxId, evening)).toMatchObject({ found: 0, done: 0, nextAtMs: null });
  expect(await floe.warmupMailboxes.get(ref)).toMatchObject({ optedInAt: null, optedOutBy: "a test" });
  const { workflow } = await temporalOf().connect();
  const statusOf = async (mailboxId = "") =>
    (await workflow.getHandle(warmupEngagementWorkflowId(mailboxId)).describe()).status.name;
  await until("its workflow has ended", async () => (await statusOf(ref.mailboxId)) === "COMPLETED");
  expect(await statusOf(anna?.mailboxId)).toBe("RUNNING");
}, 120_000);
