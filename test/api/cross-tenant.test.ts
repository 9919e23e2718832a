import express from "express";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { operation, type Operation } from "../../api/operation.js";
import { createOperationRoutes } from "../../api/operation-routes.js";
import { operations } from "../../api/operations/index.js";
import { answerProblems } from "../../api/problems.js";
import { toSnake } from "../../api/wire.js";
import { createContactStore } from "../../db/contacts.js";
import { asTenant, createTenantPool } from "../../db/tenant-pool.js";
import type { Principal } from "../../domain/access.js";
import { startWorld, type World } from "../support/world.js";
import { asking, keyOf, type Answer, type Ask } from "./asking.js";
import { quiet, runApi } from "./fixture.js";
import { pathFields, probeOf } from "./prober.js";
import { createTreasure, type Treasure } from "./treasure.js";

let world: World;
let treasure: Treasure;
let asOwner: Ask;
let asStranger: Ask;

beforeAll(async () => {
  world = await startWorld();
  const { config, floe } = world;
  const { redisUrl, temporal, secret } = config;
  // What is tried here is far more than a key may ask a second.
  const { api, url } = await runApi(config.databaseUrl, {
    redisUrl,
    temporal,
    secret,
    rateLimitEnabled: false,
  });
  treasure = await createTreasure(world, "acme");
  await floe.tenants.create({ tenantId: "stranger", name: "Stranger" });
  asOwner = asking(url, await keyOf(world, "acme"));
  asStranger = asking(url, await keyOf(world, "stranger"));
  return () => api.close();
});

type Method = Parameters<Ask>[0];

async function probe(ask: Ask, one: Operation, tenant?: string): Promise<Answer> {
  const { method, path, body } = probeOf(one, treasure.ids);
  const inQuery = tenant === undefined || body !== undefined ? path : withTenant(path, tenant);
  return ask(method as Method, inQuery, body && { ...body, ...(tenant && { tenant_id: tenant }) });
}

function withTenant(path: string, tenant: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}tenant_id=${tenant}`;
}

/** What a stranger must never get out of an operation, and what it must leave alone. */
async function expectNothing(ask: Ask, one: Operation): Promise<void> {
  const before = await treasure.snapshot();
  for (const tenant of [undefined, treasure.tenantId]) {
    const { status, body } = await probe(ask, one, tenant);
    expect(JSON.stringify(body), one.id).not.toContain(treasure.mark);
    expect(status, one.id).toBeLessThan(500);
    if (tenant !== undefined && "tenantId" in (one.input as z.ZodObject).shape) expect(status).toBe(403);
  }
  expect(await treasure.snapshot()).toEqual(before);
}

const all = operations.map((one) => [one.id, one] as const);
const aboutOne = all.filter(
  ([, one]) =>
    one.method === "get" &&
    one.level === "read" &&
    pathFields(one).some((field) => toSnake(field) !== "tenant_id"),
);

describe("Another tenant's key", () => {
  it.each(all)("gets nothing and changes nothing by %s", async (_, one) => {
    await expectNothing(asStranger, one);
  });
});

describe("What is probed", () => {
  it("is there for its owner: most of what can be looked at is found", async () => {
    const answers = await Promise.all(
      aboutOne.map(async ([id, one]) => [id, (await probe(asOwner, one)).status]),
    );
    const found = answers.filter(([, status]) => status === 200);
    expect(found.length, JSON.stringify(answers)).toBeGreaterThan(aboutOne.length / 2);
  });
});

describe("A route that forgot the tenant", () => {
  const stranger: Principal = {
    tenantId: "stranger",
    role: "owner",
    scopes: null,
    actor: "test",
    id: "test",
  };

  /** Names everybody's tenant but the caller's; `how` says what stands behind it. */
  async function forgetful(
    how: <T>(fn: () => Promise<T>) => Promise<T>,
  ): Promise<{ ask: Ask; one: Operation }> {
    const pool = createTenantPool(world.config.databaseUrl);
    const one = operation({
      ...{
        id: "contacts.broken",
        method: "get",
        path: "/api/broken/:contact_id",
        resource: "contacts",
        level: "read",
      },
      summary: "Asks for a contact of whoever it is",
      input: z.strictObject({ contactId: z.string() }),
      output: z.object({ email: z.string() }),
      call: (_floe, { contactId }) => how(() => createContactStore(pool).loadContact("acme", contactId)),
    });
    const app = express();
    const nobody = async (): Promise<never> => Promise.reject(new Error("A look changes nothing."));
    const ports = {
      ...{
        floe: world.floe,
        authentication: {
          callerOf: async () => ({
            principal: stranger,
            shown: { kind: "session", sessionId: "none" } as const,
          }),
        },
      },
      ...{
        answers: { begin: nobody, keep: nobody, forget: nobody, keepsSecrets: true },
        locks: { exclusively: nobody },
      },
      audit: { begin: nobody, finish: nobody },
    };
    app.use(createOperationRoutes(ports, [one]));
    app.use(answerProblems(quiet));
    const server = app.listen(0);
    return { ask: asking(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "any"), one };
  }

  it("is noticed by this test", async () => {
    const { ask, one } = await forgetful((fn) => asTenant(null, fn));
    await expect(expectNothing(ask, one)).rejects.toThrow(treasure.mark);
  });

  it("is stopped by row-level security, which sees the caller's tenant alone", async () => {
    const { ask, one } = await forgetful((fn) => fn());
    await expectNothing(ask, one);
    expect((await probe(ask, one)).status).toBe(404);
  });
});
