import { beforeAll, expect, it } from "vitest";
import { createAudience, startWorld, type World } from "../support/world.js";

const requests = 1_000;

let world: World;
let tenantId: string;

beforeAll(async () => {
  world = await startWorld();
  ({ tenantId } = await createAudience(world, { contacts: 0, domain: "unused.example" }));
});

it("1,000 concurrent requests are all acknowledged, and each is sent once", async () => {
  const { floe, smtp, pool } = world;
  const send = async (n: number) => {
    const startedMs = performance.now();
    const sent = await floe.emails.send({
      tenantId,
      recipient: `person${n}@crowd.example`,
      template: "hello",
      variables: { first_name: `Person ${n}` },
      fromEmail: "shop@example.com",
    });
    const acknowledgedMs = performance.now() - startedMs;
    const email = await floe.emails.wait(sent);
    return { email, acknowledgedMs, settledMs: performance.now() - startedMs };
  };
  const sent = await Promise.all(Array.from({ length: requests }, (_, n) => send(n)));

  expect(sent.every(({ email }) => email.status === "sent")).toBe(true);
  expect(new Set(sent.map(({ email }) => email.emailId)).size).toBe(requests);
  const received = smtp.messages.filter(({ to }) => to[0]?.endsWith("@crowd.example"));
  expect(received).toHaveLength(requests);
  expect(new Set(received.map(({ to }) => to[0])).size).toBe(requests);
  expect(smtp.statistics().duplicates).toBe(0);
  const { rows } = await pool.query<{ groups: number }>("select count(*)::int as groups from email_groups");

  const acknowledged = quantiles(sent.map(({ acknowledgedMs }) => acknowledgedMs));
  const settled = quantiles(sent.map(({ settledMs }) => settledMs));
  console.log(
    `${requests} requests in ${rows[0]?.groups} workflows; acknowledged ${acknowledged}; seen as sent ${settled}`,
  );
  // Grouped, not one workflow each.
  expect(rows[0]?.groups).toBeLessThan(requests / 10);
});

function quantiles(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)} ms`;
  return `p50 ${at(0.5)}, p99 ${at(0.99)}`;
}
