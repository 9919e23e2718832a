import { v7 as uuidv7 } from "uuid";
import { beforeAll, expect, test } from "vitest";
import { createEventBuffer, type TrackingEvent } from "../../api/event-buffer.js";
import { createAnalyticsStore } from "../../db/analytics.js";
import { createEventStore } from "../../db/events.js";
import { testDatabase, type TestDatabase } from "../setup/stack.js";
import { quiet, trackedRecipient, type TrackedRecipient } from "./fixture.js";

let database: TestDatabase;
let who: TrackedRecipient;
beforeAll(async () => {
  database = await testDatabase();
  who = await trackedRecipient(database.pool);
});

function open(over: Partial<TrackingEvent> = {}): TrackingEvent {
  return { sendId: who.sendId, contactId: who.contactId, kind: "open", occurredAt: new Date(), ...over };
}

async function opens(): Promise<number> {
  return (await createAnalyticsStore(database.pool).loadAnalytics(who.tenantId, who.sendId)).opens;
}

test("an event that Postgres refuses takes none of its group with it", async () => {
  const store = createEventStore(database.pool);
  let refusals = 0;
  const buffer = createEventBuffer({
    record: (group) =>
      store.recordEvents(group).catch((error: unknown) => {
        refusals += 1;
        throw error;
      }),
    log: quiet,
  });
  const nul = open({ userAgent: "a\u0000b" });
  await Promise.all(
    [open(), open(), nul, open(), open({ sendId: uuidv7() })].map((event) => buffer.add(event)),
  );
  expect(refusals).toBeGreaterThan(0);
  expect(await opens()).toBe(3);
  expect(buffer.size()).toBe(0);
});

test("events beyond the bound are dropped instead of filling the memory, and the rest is written", async () => {
  const store = createEventStore(database.pool);
  const before = await opens();
  const buffer = createEventBuffer({
    record: (group) => store.recordEvents(group),
    log: quiet,
    maxEvents: 10,
  });
  await Promise.all(Array.from({ length: 25 }, () => buffer.add(open())));
  await buffer.close(5_000);
  expect(await opens()).toBe(before + 10);
});
