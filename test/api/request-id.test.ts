import { Writable } from "node:stream";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { createShop } from "../email/fixture.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { startWorld, type World } from "../support/world.js";
import { request, runApi } from "./fixture.js";

const apiToken = "a-token-of-the-api-tests";
const lines: Record<string, unknown>[] = [];
const log = pino(
  { level: "info" },
  new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(JSON.parse(line.toString()) as Record<string, unknown>);
      done();
    },
  }),
);

let world: World;
let url: string;

beforeAll(async () => {
  world = await startWorld();
  const { databaseUrl, redisUrl, temporal } = world.config;
  const { api, url: base } = await runApi(databaseUrl, { redisUrl, temporal, apiToken }, { log });
  url = base;
  return () => api.close();
});

const headers = { authorization: `Bearer ${apiToken}`, "content-type": "application/json" };

function idOf(response: Response): string {
  return response.headers.get("x-request-id") ?? "";
}

describe("A request's id", () => {
  it("is the caller's, in the log and in the memo of the workflow that the request starts", async () => {
    const { tenantId } = await createShop(world);
    const requestId = "shop.order-4711_a";
    const email = { tenant_id: tenantId, recipient: "ann@asked.example", template_id: "hello" };
    const response = await request(`${url}/api/emails`, {
      ...{ method: "POST", headers: { ...headers, "x-request-id": requestId } },
      body: JSON.stringify({ ...email, from_email: "shop@example.com" }),
    });
    expect([response.status, idOf(response)]).toEqual([202, requestId]);
    const { email_id: emailId } = (await response.json()) as { email_id: string };
    const line = await until("the line", async () => lines.find((found) => found.requestId === requestId));
    const workflowId = `email/${emailId}`;
    expect(line).toMatchObject({ msg: "api.answered", route: "/api/emails", workflowIds: [workflowId] });
    const client = await createTemporalClient(world.config.temporal);
    const { memo } = await client.workflow.getHandle(workflowId).describe();
    expect(memo).toMatchObject({ requestId, tenant: tenantId });
  });

  it.each(["", "short", "two words", "x".repeat(129), "a;b;c;d;e;f"])(
    "is a new one where the caller's is not well-formed: %j",
    async (given) => {
      const asked = { headers: { "x-request-id": given } };
      const [first, second] = [
        await request(`${url}/health/live`, asked),
        await request(`${url}/health/live`, asked),
      ];
      expect(idOf(first)).toMatch(/^[0-9a-f-]{36}$/);
      expect(idOf(second)).not.toBe(idOf(first));
    },
  );

  it("is part of every problem", async () => {
    const refused = await request(`${url}/api/emails/unknown?tenant_id=nobody`, { headers });
    expect(refused.headers.get("content-type")).toContain("application/problem+json");
    expect(await refused.json()).toMatchObject({ request_id: idOf(refused) });
    const strange = await request(`${url}/nothing-here`);
    expect(await strange.json()).toMatchObject({ status: 404, request_id: idOf(strange) });
  });
});
