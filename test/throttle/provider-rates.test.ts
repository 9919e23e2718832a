import { expect, test } from "vitest";
import { nodeHeldBy } from "../../domain/permits.js";
import { createPermits } from "../../throttle/permits.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { ask, limit, limitsFrom, names, request, stoppedClock } from "./factory.js";

const { redis } = await testRedis();
const { pool } = await testDatabase();

test("A node's rate to a mailbox provider is its own, else that of every node, else the configuration's", async () => {
  const [of, other, third] = [names(), names(), names()];
  const provider = of.mailboxProvider;
  const limits = [
    limit("node", `${of.nodeId}/${provider}`, { perSecond: 5 }),
    limit("node", `*/${provider}`, { perSecond: 20 }),
    limit("tenant", `${third.tenantId}/${provider}`, { perSecond: 2 }),
  ];
  const permits = createPermits({
    ...{ redis, timeZone: "UTC", enabled: true, now: stoppedClock().now },
    ...limitsFrom(pool, () => limits),
    mailboxProviderLimits: new Map([
      [provider, { connections: 1, messagesPerConnection: 1, perSecond: 90 }],
      ["configured", { connections: 1, messagesPerConnection: 1, perSecond: 7 }],
    ]),
  });
  const asks = [
    ask(of, 100),
    ask({ ...other, mailboxProvider: provider }, 100),
    ask({ ...other, mailboxProvider: "configured" }, 100),
    ask({ ...other, mailboxProvider: "unlimited" }, 100),
  ];
  const { grants } = await permits.acquire(request(of, 0, { lane: "priority-high", asks }), null);
  expect(grants.map(({ messages, heldBy }) => [messages, heldBy])).toEqual([
    [5, `node:${of.nodeId}/${provider} rate`],
    [20, `node:${other.nodeId}/${provider} rate`],
    [7, `node:${other.nodeId}/configured rate`],
    [100, undefined],
  ]);
  // Another node may take what is left.
  expect(nodeHeldBy(grants[0]?.heldBy ?? "", { nodeId: of.nodeId, mailboxProvider: provider })).toBe(
    "mailbox-provider",
  );

  const own = await permits.acquire(
    request(third, 0, { asks: [ask({ ...third, mailboxProvider: provider }, 100), ask(third, 100)] }),
    null,
  );
  expect(own.grants.map(({ messages, heldBy }) => [messages, heldBy])).toEqual([
    [2, `tenant:${third.tenantId}/${provider} rate`],
    [100, undefined],
  ]);
});
