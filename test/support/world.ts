import type pg from "pg";
import { pino, type Logger } from "pino";
import { afterAll } from "vitest";
import { connectFloe, type Floe } from "../../client/connect.js";
import type { EncryptionKey } from "../../domain/encryption-key.js";
import { defaultRateLimits } from "../../domain/rate-limits.js";
import { defaultRetention } from "../../domain/retention.js";
import { defaultSoftBounces } from "../../domain/soft-bounces.js";
import { defaultWebhookPorts } from "../../domain/webhook-url.js";
import type { Config } from "../../runtime/config.js";
import type { Tracing } from "../../runtime/tracing.js";
import { startWorkers } from "../../workers/start.js";
import { testDatabase, testRedis, testTemporal, type TestTemporal } from "../setup/stack.js";
import { startFaultSmtp, type FaultSmtp } from "./fault-smtp.js";
import { keysOf, testKeys } from "./keys.js";

export interface World {
  floe: Floe;
  pool: pg.Pool;
  smtp: FaultSmtp;
  config: Config;
  /** Prometheus metrics of the workers, as text. */
  metrics(): Promise<string>;
  /** Ends the workers in order and starts them with these payload keys, in the notation of their variable. */
  restartWorkers(payloadKeys: string): Promise<void>;
}

export interface WorldOptions {
  temporal?: TestTemporal;
  config?: Partial<Config>;
  /** In the notation of `TEMPORAL_PAYLOAD_KEYS`, of workers and client; default: payloads are plain. */
  payloadKeys?: string;
  /** Of the workers; default: nothing is kept. */
  log?: Logger;
  /** The clock of daily allowances. */
  now?: () => number;
  tracing?: Tracing;
}

/** Everything a campaign needs, real: Postgres, Redis, Temporal, an SMTP server that can fail, and running workers. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const [{ databaseUrl, pool }, { url: redisUrl }, { address, namespace }, smtp] = await Promise.all([
    testDatabase(),
    testRedis(),
    options.temporal ?? testTemporal(),
    startFaultSmtp({ keepBodies: true }),
  ]);
  const config: Config = {
    databaseUrl,
    redisUrl,
    temporal: { address, namespace, payloadKeys: keysOf(options.payloadKeys ?? "") },
    startWorkers: true,
    queueConcurrency: 4,
    rateLimitEnabled: true,
    rateLimits: defaultRateLimits,
    secret: "a-secret-of-the-tests",
    encryptionKeys: keysOf(testKeys),
    publicUrl: "http://localhost:8080",
    apiPort: 0,
    metricsPort: 0,
    timeZone: "UTC",
    logLevel: "silent",
    shutdownGraceMs: 10_000,
    batchHeartbeatMs: 4_000,
    smtpTransport: "pipelined",
    mailboxProviderLimits: new Map(),
    mxRollup: false,
    blacklists: [],
    applySchedules: false,
    retention: defaultRetention,
    webhookPorts: defaultWebhookPorts,
    softBounces: defaultSoftBounces,
    dataFolder: "/nonexistent",
    importMaxBytes: 1e9,
    ...options.config,
  };
  const run = (payloadKeys: EncryptionKey[]) =>
    startWorkers({
      role: "all",
      config: { ...config, temporal: { ...config.temporal, payloadKeys } },
      log: options.log ?? pino({ level: config.logLevel }),
      ...(options.now && { now: options.now }),
      tracing: options.tracing,
    });
  let workers = await run(keysOf(options.payloadKeys ?? ""));
  const stopWorkers = (): Promise<void> => {
    workers.stop();
    return workers.stopped;
  };
  const floe = await connectFloe({
    databaseUrl,
    redisUrl,
    temporalAddress: address,
    namespace,
    secret: config.secret,
    encryptionKeys: testKeys,
    ...(options.payloadKeys && { payloadKeys: options.payloadKeys }),
    publicUrl: config.publicUrl,
    dataFolder: config.dataFolder,
    importMaxBytes: config.importMaxBytes,
    ...(config.s3 && { s3: config.s3 }),
    ...(config.warmupEngagement && { warmupEngagement: true }),
  });
  afterAll(async () => {
    await floe.close();
    await stopWorkers();
    await smtp.close();
  });
  const metrics = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${workers.metricsPort}/metrics`)).text();
  const restartWorkers = async (payloadKeys: string): Promise<void> => {
    await stopWorkers();
    workers = await run(keysOf(payloadKeys));
  };
  return { floe, pool, smtp, config, metrics, restartWorkers };
}

export interface AudienceOptions {
  contacts: number;
  /** Domain of the addresses: tests tell their sends apart by it. */
  domain: string;
  timeZones?: string[];
}

let tenants = 0;

/** A tenant with a node that points at the world's SMTP server, a template and a list of contacts. */
export async function createAudience(
  { floe, smtp }: World,
  { contacts, domain, timeZones }: AudienceOptions,
) {
  tenants += 1;
  const tenantId = `t${process.pid}-${tenants}`;
  const nodeId = `${tenantId}-node`;
  await floe.tenants.create({ tenantId, name: tenantId });
  await floe.nodes.upsert({ nodeId, tenantId, host: "127.0.0.1", port: smtp.port, maxConnections: 10 });
  await floe.lists.create({ tenantId, name: "everybody" });
  const rows = Array.from({ length: contacts }, (_, i) => ({
    email: `user${i}@${domain}`,
    firstName: `User ${i}`,
    ...(timeZones && { timeZone: timeZones[i % timeZones.length] }),
  }));
  for (let i = 0; i < rows.length; i += 1_000) {
    await floe.contacts.upsert({ tenantId, list: "everybody", contacts: rows.slice(i, i + 1_000) });
  }
  await floe.templates.save({
    tenantId,
    name: "hello",
    subject: "Hello {{first_name}}",
    html: '<html><body><p>Hello {{first_name}}, <a href="https://example.com/offer">look</a>.</p></body></html>',
  });
  return { tenantId, nodeId };
}

/** A campaign to everybody of the audience. */
export async function createCampaign(
  { floe }: World,
  tenantId: string,
  over: Partial<Parameters<Floe["campaigns"]["create"]>[0]> = {},
): Promise<{ tenantId: string; campaignId: string }> {
  const { campaignId } = await floe.campaigns.create({
    tenantId,
    name: "A campaign",
    template: "hello",
    list: "everybody",
    fromEmail: "news@example.com",
    fromName: "News",
    ...over,
  });
  return { tenantId, campaignId };
}

/** A worker reads limits once a second; no condition shows that it has. */
export function limitsSeen(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_200));
}
