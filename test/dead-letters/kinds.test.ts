import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DeadLetter } from "../../client/dead-letters.js";
import { Conflict, NotFound } from "../../domain/errors.js";
import { makeFolder } from "../export/folder.js";
import { until } from "../support/until.js";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.js";
import { startWorld, type World } from "../support/world.js";
import { replayEnded } from "./fixture.js";

let world: World;
let receiver: WebhookReceiver;
let folder: string;
let tenantId: string;
let tenants = 0;

beforeAll(async () => {
  folder = await makeFolder();
  [world, receiver] = await Promise.all([
    startWorld({ config: { retryBaseMs: 100, dataFolder: folder } }),
    startWebhookReceiver(),
  ]);
});
afterAll(() => receiver.kill());
beforeEach(async () => {
  tenantId = `dead${process.pid}-${(tenants += 1)}`;
  await world.floe.tenants.create({ tenantId, name: tenantId });
});

async function write(name: string, text: string): Promise<string> {
  await mkdir(join(folder, "files"), { recursive: true });
  const path = join(folder, "files", `${tenantId}-${name}`);
  await writeFile(path, text);
  return path;
}

async function onlyLetter(): Promise<DeadLetter> {
  const letters = await world.floe.deadLetters.list({ tenantId });
  expect(letters).toHaveLength(1);
  return letters[0] as DeadLetter;
}

async function replayAll(): Promise<void> {
  const { floe } = world;
  await replayEnded(floe, await floe.deadLetters.replay({ tenantId, all: true }));
}

describe("a refused row", () => {
  it("waits as a letter; replayed as it is it comes back, mended it becomes a contact", async () => {
    const { floe } = world;
    await floe.lists.create({ tenantId, name: "people" });
    const path = await write("people.csv", "email,first_name\nann@row.example,Ann\nbob@,Bob\n");
    await (await floe.imports.start({ tenantId, path, list: "people" })).result();
    const letter = await onlyLetter();
    expect(letter).toMatchObject({ kind: "import.row", line: 3, replayOf: null });
    expect(letter.reason).toMatch(/^email: /);

    await replayAll();
    const again = await onlyLetter();
    expect(again).toMatchObject({
      line: 3,
      replayOf: letter.deadLetterId,
      attempts: 2,
      reason: letter.reason,
    });
    const ref = { tenantId, deadLetterId: again.deadLetterId };
    expect(await floe.deadLetters.get(ref)).toMatchObject({ payload: { raw: "bob@,Bob", values: null } });
    await expect(floe.deadLetters.edit({ ...ref, values: { email: "bob" } })).rejects.toMatchObject({
      problems: [{ field: "values.email" }],
    });
    await expect(
      floe.deadLetters.edit({ ...ref, values: { email: "bob@row.example", age: "7" } }),
    ).rejects.toMatchObject({ problems: [{ field: "values.age" }] });
    await floe.deadLetters.edit({
      ...ref,
      values: { email: "bob@row.example", first_name: "Bob", "attributes.city": "Rome" },
    });
    await replayAll();
    expect(await floe.deadLetters.list({ tenantId })).toEqual([]);
    expect(await floe.contacts.get({ tenantId, contact: "bob@row.example" })).toMatchObject({
      firstName: "Bob",
      attributes: { city: "Rome" },
    });
    expect(await floe.contacts.list({ tenantId, list: "people" })).toHaveLength(2);
  });
});

describe("a failed job", () => {
  it("of an import goes on when its file can be read", async () => {
    const { floe } = world;
    const path = join(folder, "files", `${tenantId}-late.csv`);
    const started = await floe.imports.start({ tenantId, path }).catch(() => undefined);
    const ref = started ?? (await floe.imports.start({ tenantId, path: await write("late.csv", "\n") }));
    await until("the import fails", async () => {
      const { status } = await floe.imports.get({ tenantId, importId: ref.importId });
      return status === "failed";
    });
    expect(await onlyLetter()).toMatchObject({ kind: "job", importId: ref.importId, line: null });
    await write("late.csv", "email\nann@late.example\n");
    await replayAll();
    const done = await until("the import ends", async () => {
      const row = await floe.imports.get({ tenantId, importId: ref.importId });
      return row.finishedAt !== null && row;
    });
    expect(done).toMatchObject({ status: "completed", rowsImported: 1 });
    expect(await floe.deadLetters.list({ tenantId })).toEqual([]);
  });

  it("of a graph is resumed; what fails again names the letter before it", async () => {
    const { floe } = world;
    const path = await write("graph.csv", "\n");
    await floe.jobGraphs.create({
      tenantId,
      name: "nightly",
      jobs: [{ name: "people", type: "import.contacts", input: { path } }],
    });
    const run = await floe.jobGraphs.wait(await floe.jobGraphs.run({ tenantId, name: "nightly" }));
    expect(run.status).toBe("failed");
    const ofRun = async () =>
      (await floe.deadLetters.list({ tenantId })).find(({ runId }) => runId !== null) ?? null;
    const letter = await ofRun();
    expect(letter).toMatchObject({ kind: "job", runId: run.runId, job: "people" });
    const deadLetterIds = [letter?.deadLetterId ?? ""];
    await replayEnded(floe, await floe.deadLetters.replay({ tenantId, deadLetterIds }));
    const again = await until("it fails again", ofRun);
    expect(again.replayOf).toBe(letter?.deadLetterId);
    expect(again.runId).not.toBe(run.runId);
    await expect(
      floe.deadLetters.edit({ tenantId, deadLetterId: again.deadLetterId, variables: {} }),
    ).rejects.toThrow(Conflict);
  });
});

describe("a webhook's delivery", () => {
  it("is shown with every attempt, edited for its endpoint alone, and delivered", async () => {
    const { floe } = world;
    const path = `/${tenantId}`;
    const { webhookId } = await floe.webhooks.create({
      ...{ tenantId, url: receiver.url(path), allowPrivate: true },
      ...{ retryBaseMs: 100, retryCapMs: 200, maxAttempts: 2 },
    });
    const refusing = {
      keep: true,
      answers: [{ kind: "status", status: 400, body: "no such order" } as const],
    };
    await receiver.behave({ [path]: refusing });
    await floe.webhooks.publish({ tenantId, type: "order.paid", data: { order: 7 } });
    const letter = await until("the letter", async () => (await floe.deadLetters.list({ tenantId }))[0]);
    const ref = { tenantId, deadLetterId: letter.deadLetterId };
    expect(await floe.deadLetters.get(ref)).toMatchObject({
      kind: "webhook",
      payload: { webhookId, type: "order.paid", data: { order: 7 } },
      attemptLog: [
        { attempt: 1, outcome: { status: 400, response: "no such order" } },
        { attempt: 2, outcome: { status: 400 } },
      ],
    });
    await floe.deadLetters.edit({ ...ref, data: { order: 8 }, actor: "ann" });
    await receiver.behave({ [path]: { keep: true } });
    await replayAll();
    await until("it is delivered", async () => {
      return (await floe.webhooks.deliveries({ tenantId, status: "delivered" })).length === 1;
    });
    const hits = await receiver.hits(path);
    expect(JSON.parse(hits.at(-1)?.body ?? "")).toMatchObject({ type: "order.paid", data: { order: 8 } });
    expect(new Set(hits.map((hit) => hit.webhookId)).size).toBe(1);
    await expect(floe.deadLetters.edit({ ...ref, data: {} })).rejects.toThrow(Conflict);
    expect(await floe.audit.list({ tenantId, subject: ref.deadLetterId })).toMatchObject([
      {
        action: "dead_letters.edit",
        actor: "ann",
        before: { data: { order: 7 } },
        after: { data: { order: 8 } },
      },
    ]);
  });
});

describe("what is asked of dead letters", () => {
  it("is refused by field when it makes no sense, and changes nothing", async () => {
    const { deadLetters } = world.floe;
    const refused: [Promise<unknown>, string][] = [
      [deadLetters.replay({ tenantId }), "all"],
      [deadLetters.replay({ tenantId, all: true, kind: "job" }), "all"],
      [deadLetters.replay({ tenantId, kind: "job", perSecond: 0 }), "perSecond"],
      [deadLetters.replay({ tenantId, deadLetterIds: ["1; drop table dead_letters"] }), "deadLetterIds.0"],
      [deadLetters.replay({ tenantId, deadLetterIds: [] }), "deadLetterIds"],
      [deadLetters.list({ tenantId, kind: "letter" as "job" }), "kind"],
      [deadLetters.list({ tenantId, text: "\0" }), "text"],
      [deadLetters.list({ tenantId, limit: 1e9 }), "limit"],
      [deadLetters.get({ tenantId, deadLetterId: "99999999999999999999" }), "deadLetterId"],
      [deadLetters.purge({ tenantId, expected: 0 }), "expected"],
      [deadLetters.purge({ tenantId, expected: 1, olderThanDays: 0 }), "olderThanDays"],
    ];
    for (const [call, field] of refused)
      await expect(call, field).rejects.toMatchObject({ kind: "InvalidInput", problems: [{ field }] });
    await expect(deadLetters.get({ tenantId, deadLetterId: "1" })).rejects.toThrow(NotFound);
    // A percent sign is a percent sign.
    expect(await deadLetters.list({ tenantId, text: "%" })).toEqual([]);
    expect(await deadLetters.replays({ tenantId })).toEqual([]);
  });

  it("is answered about the tenant's own letters alone; old ones are purged when the number is right", async () => {
    const { floe, pool } = world;
    await pool.query(
      `insert into dead_letters (tenant_id, send_id, contact_id, reason, attempts, created_at)
       select $1, gen_random_uuid(), n, 'timeout', 3, now() - n * interval '10 days' from generate_series(1, 6) n`,
      [tenantId],
    );
    const other = `${tenantId}-other`;
    await floe.tenants.create({ tenantId: other });
    const [letter] = await floe.deadLetters.list({ tenantId });
    const deadLetterId = letter?.deadLetterId ?? "";
    await expect(floe.deadLetters.get({ tenantId: other, deadLetterId })).rejects.toThrow(NotFound);
    await expect(floe.deadLetters.replay({ tenantId: other, all: true })).rejects.toThrow(Conflict);
    expect(await floe.deadLetters.countPurgeable({ tenantId: other })).toMatchObject({ count: 0 });

    expect(await floe.deadLetters.countPurgeable({ tenantId, olderThanDays: 35 })).toMatchObject({
      count: 3,
    });
    await expect(floe.deadLetters.purge({ tenantId, olderThanDays: 35, expected: 4 })).rejects.toThrow(
      "matches 3 dead letters now, not 4",
    );
    expect(await floe.deadLetters.list({ tenantId })).toHaveLength(6);
    const purge = { tenantId, olderThanDays: 35, expected: 3, actor: "ann", because: "too old" };
    expect(await floe.deadLetters.purge(purge)).toEqual({ purged: 3 });
    expect(await floe.deadLetters.list({ tenantId })).toHaveLength(3);
    expect(await floe.audit.list({ tenantId })).toMatchObject([
      { action: "dead_letters.purge", actor: "ann", reason: "too old", after: { purged: 3 } },
    ]);
  });
});
