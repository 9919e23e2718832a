import { Redis } from "ioredis";
import pg from "pg";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { firstBatchSize } from "../../domain/batching.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { until } from "../support/until.js";

const contacts = 12_000;
const relayLook = "relay-webhook-events";
/** What may change while a send runs. */
const lookedUp = [
  "load-control",
  "load-nodes",
  "load-limits",
  "load-suspensions",
  "end-suspensions",
  "load-warmup-allowances",
];
let world: World;
beforeAll(async () => (world = await startWorld()));
afterEach(() => void vi.restoreAllMocks());

it("A thousand emails cost some dozen statements and some hundred Redis commands, none of them one recipient's", async () => {
  const { floe } = world;
  const { tenantId } = await createAudience(world, { contacts, domain: "counted.example" });
  const campaign = await createCampaign(world, tenantId);

  // The workers run in this process, on the real drivers. What they ask by the clock grows with the test's time, not with
  // emails: its statements are those that are seen while nothing is sent, and what sending looks up once in a second or three.
  const queries = vi.spyOn(pg.Client.prototype, "query");
  const asked = (): string[] => queries.mock.calls.map(([query]) => nameOf(query));
  await until(
    "some looks of the relay",
    async () => asked().filter((name) => name === relayLook).length >= 8,
  );
  const byTheClock = new Set([...asked(), ...lookedUp]);
  queries.mockClear();
  const commands = vi.spyOn(Redis.prototype, "sendCommand");
  const send = await floe.campaigns.start(campaign);
  const { counts } = await until(
    "the campaign is done",
    async () => {
      const status = await floe.campaigns.status(send);
      return status.status === "completed" && status;
    },
    { everyMs: 1_000 },
  );
  const whileSending = asked();
  queries.mockClear();
  await floe.campaigns.status(send);
  for (const name of asked()) byTheClock.add(name);

  expect(counts.sent).toBe(contacts);
  const statements = tally(whileSending);
  const perThousand = (count = 0) => (1_000 * count) / contacts;
  // 20 and 160 measured; announcements share a command when they come at the same moment.
  expect(perThousand(whileSending.filter((name) => !byTheClock.has(name)).length)).toBeLessThan(30);
  expect(perThousand(commands.mock.calls.length)).toBeLessThan(400);
  // Groups of 250, and the rest of each batch.
  expect(perThousand(statements.get("settle"))).toBeLessThanOrEqual(6);
  for (const name of ["claim-batch", "load-recipients", "release-batch"])
    expect(statements.get(name), name).toBeLessThanOrEqual(Math.ceil(contacts / firstBatchSize));
});

function tally(names: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** The name of a prepared statement, or the text. */
function nameOf(query: unknown): string {
  if (typeof query === "string") return query.slice(0, 60);
  const { name, text } = query as { name?: string; text?: string };
  return name ?? text?.slice(0, 60) ?? "stream";
}
