import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigInvalid } from "../../domain/errors.js";
import { defaultRateLimits } from "../../domain/rate-limits.js";
import { loadConfig } from "../../runtime/config.js";
import { redactedConfig } from "../../runtime/redacted-config.js";
import { testKeys } from "../support/keys.js";
import { saveEndpoints } from "../../runtime/endpoints.js";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "floe-config-"))));
afterAll(() => rm(folder, { recursive: true }));

const complete = {
  FLOE_DATA: "/nowhere",
  DATABASE_URL: "postgres://floe:pa55word@db:5432/floe",
  REDIS_HOST: "cache",
  TEMPORAL_ADDRESS: "temporal:7233",
  FLOE_SECRET: "0123456789abcdef",
  PUBLIC_URL: "https://mail.example.com/",
};

function problemsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigInvalid) {
      return Object.fromEntries(error.problems.map(({ field, problem }) => [field, problem]));
    }
    throw error;
  }
  return {};
}

describe("the environment", () => {
  it("says where spans go, and by nothing else are traces on", () => {
    expect(loadConfig(complete).tracing).toBeUndefined();
    const on = { ...complete, OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" };
    expect(loadConfig(on).tracing).toEqual({ url: "http://collector:4318/v1/traces", messageRatio: 0.001 });
    const own = { ...on, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://t.example/x", TRACE_MESSAGES: "1" };
    expect(loadConfig(own).tracing).toEqual({ url: "https://t.example/x", messageRatio: 1 });
    for (const off of [{ OTEL_SDK_DISABLED: "true" }, { OTEL_TRACES_EXPORTER: "none" }])
      expect(loadConfig({ ...on, ...off }).tracing).toBeUndefined();
  });

  it("names what is wrong with where spans go", () => {
    const wrong = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      TRACE_MESSAGES: "2",
    };
    expect(problemsOf({ ...complete, ...wrong })).toEqual({
      OTEL_EXPORTER_OTLP_ENDPOINT: "must be a URL that starts with http:// or https://",
      OTEL_EXPORTER_OTLP_PROTOCOL: "must be http/protobuf, the only one that is spoken",
      TRACE_MESSAGES: "must be 0 to 1",
    });
  });

  it("says what proves the callbacks of providers, and shows no secret of it", () => {
    expect(loadConfig(complete).callbacks).toEqual({});
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const sendgridKey = publicKey.export({ format: "der", type: "spki" }).toString("base64");
    const config = loadConfig({
      ...complete,
      SES_TOPIC_ARNS: "arn:aws:sns:eu-west-1:123456789012:a, arn:aws:sns:eu-west-1:123456789012:b",
      SENDGRID_WEBHOOK_KEY: sendgridKey,
      MAILGUN_SIGNING_KEY: "key-of-mailgun",
      POSTMARK_WEBHOOK_USER: "floe",
      POSTMARK_WEBHOOK_PASSWORD: "password-of-postmark",
    });
    expect(config.callbacks).toEqual({
      sesTopicArns: ["arn:aws:sns:eu-west-1:123456789012:a", "arn:aws:sns:eu-west-1:123456789012:b"],
      sendgridKey,
      mailgunKey: "key-of-mailgun",
      postmark: { user: "floe", password: "password-of-postmark" },
    });
    expect(JSON.stringify(redactedConfig(config))).not.toMatch(/of-mailgun|of-postmark/);
  });

  it("names what is wrong with what proves callbacks", () => {
    const wrong = {
      SES_TOPIC_ARNS: "arn:aws:sqs:eu-west-1:123456789012:a",
      SENDGRID_WEBHOOK_KEY: "AAAA",
      POSTMARK_WEBHOOK_USER: "floe",
    };
    expect(problemsOf({ ...complete, ...wrong })).toEqual({
      SES_TOPIC_ARNS: "must be ARNs of SNS topics, divided by commas",
      SENDGRID_WEBHOOK_KEY: "must be the verification key that SendGrid shows, or a PEM text of it",
      POSTMARK_WEBHOOK_PASSWORD: "is not set; user and password come together",
    });
  });

  it("needs few variables; the others have defaults", () => {
    expect(loadConfig(complete)).toMatchObject({
      redisUrl: "redis://cache:6379/0",
      temporal: { address: "temporal:7233", namespace: "default" },
      publicUrl: "https://mail.example.com",
      startWorkers: true,
      queueConcurrency: 4,
      rateLimitEnabled: true,
      reputationGatesEnabled: true,
      rateLimits: defaultRateLimits,
      timeZone: "UTC",
      shutdownGraceMs: 30_000,
    });
  });

  it("takes the figures of some rate limits, and says which are wrong", () => {
    const { rateLimits } = loadConfig({ ...complete, RATE_LIMITS: "email-sending=0.5:9, api=50:200" });
    expect(rateLimits).toEqual({
      ...defaultRateLimits,
      "email-sending": { perSecond: 0.5, burst: 9, adaptive: true },
      api: { perSecond: 50, burst: 200, adaptive: false },
    });
    for (const wrong of ["mail=1:2", "api=1", "api=0:5", "api=1:0.5", "api=1:2000000", "api=x:1"])
      expect(problemsOf({ ...complete, RATE_LIMITS: wrong }), wrong).toHaveProperty("RATE_LIMITS");
  });

  it("reports every mistake at once, by variable", () => {
    const problems = problemsOf({
      FLOE_DATA: "/nowhere",
      DATABASE_URL: "mysql://db",
      TEMPORAL_ADDRESS: "https://temporal:7233",
      FLOE_SECRET: "short",
      TIME_ZONE: "Europe/Atlantis",
      QUEUE_CONCURRENCY: "0",
      API_PORT: "99999",
      START_WORKERS: "maybe",
      TEMPORAL_TLS_CERT: "/nowhere/cert.pem",
    });
    expect(Object.keys(problems).toSorted()).toEqual([
      "API_PORT",
      "DATABASE_URL",
      "FLOE_SECRET",
      "PUBLIC_URL",
      "QUEUE_CONCURRENCY",
      "REDIS_URL",
      "START_WORKERS",
      "TEMPORAL_ADDRESS",
      "TEMPORAL_TLS_CERT",
      "TEMPORAL_TLS_KEY",
      "TIME_ZONE",
    ]);
    expect(problems.TIME_ZONE).toContain("Europe/Berlin");
  });

  it("takes limits of mailbox providers, and names the entry that is wrong", () => {
    const limits = (text: string) =>
      loadConfig({ ...complete, MAILBOX_PROVIDER_LIMITS: text }).mailboxProviderLimits;
    expect(limits("gmail=10/100, yahoo=5/20").get("yahoo")).toEqual({
      connections: 5,
      messagesPerConnection: 20,
    });
    expect(limits("").size).toBe(0);
    for (const [text, said] of [
      ["gmail=10", 'has "gmail=10"'],
      ["gmail=0/5", 'has "gmail=0/5"'],
      ["gmial=1/1", "gmail, outlook"],
    ] as const) {
      const problems = problemsOf({ ...complete, MAILBOX_PROVIDER_LIMITS: text });
      expect(problems.MAILBOX_PROVIDER_LIMITS).toContain(said);
    }
  });

  it("treats an empty variable as one that is not set", () => {
    expect(loadConfig({ ...complete, QUEUE_CONCURRENCY: "" }).queueConcurrency).toBe(4);
  });

  it("reads TLS files and turns TLS on for an API key", async () => {
    const file = join(folder, "ca.pem");
    await writeFile(file, "pem");
    expect(loadConfig({ ...complete, TEMPORAL_TLS_SERVER_CA: file }).temporal.tls).toEqual({
      serverRootCACertificate: Buffer.from("pem"),
    });
    expect(loadConfig({ ...complete, TEMPORAL_API_KEY: "key" }).temporal.tls).toBe(true);
  });

  it("finds the local stack of its data folder, and prefers what is set", () => {
    saveEndpoints(folder, {
      databaseUrl: "postgres://local/floe",
      redisUrl: "redis://local:6380",
      temporalAddress: "local:7233",
      namespace: "default",
      publicUrl: "http://local:3000",
      secret: "local-secret-0123456789",
      encryptionKeys: "",
      payloadKeys: "",
      apiUrl: "http://local:3000",
      inboxUrl: null,
      temporalUiUrl: null,
    });
    const config = loadConfig({ FLOE_DATA: folder, TEMPORAL_ADDRESS: "other:7233" });
    expect(config.databaseUrl).toBe("postgres://local/floe");
    expect(config.redisUrl).toBe("redis://local:6380");
    expect(config.temporal.address).toBe("other:7233");
  });

  it("can be logged without a password or secret", () => {
    const text = JSON.stringify(
      redactedConfig(loadConfig({ ...complete, REDIS_PASSWORD: "hunter22", FLOE_ENCRYPTION_KEYS: testKeys })),
    );
    for (const hidden of ["pa55word", "hunter22", complete.FLOE_SECRET, testKeys.slice(5)])
      expect(text).not.toContain(hidden);
  });
});
