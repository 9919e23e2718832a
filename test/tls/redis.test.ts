import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { freePort, startServer } from "../../runtime/embedded/process.js";
import { redisProgram } from "../../runtime/embedded/redis.js";
import { loadConfig } from "../../runtime/config.js";
import { redisPart, waitForParts } from "../../runtime/wait-for.js";
import { createRedis } from "../../throttle/redis.js";
import { createAuthority } from "../support/authority.js";
import { startTlsProxy } from "../support/tls-proxy.js";
import { until } from "../support/until.js";

const folder = await mkdtemp(join(tmpdir(), "floe-tls-"));
const [authority, stranger] = await Promise.all([createAuthority("Floe test"), createAuthority("Stranger")]);
const [server, client] = await Promise.all([
  authority.sign("redis", { dns: ["redis.internal"] }),
  authority.sign("floe"),
]);
const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};
const files = {
  ca: await file("ca.pem", authority.ca),
  strange: await file("strange.pem", stranger.ca),
  cert: await file("client.pem", client.cert),
  key: await file("client.key", client.key),
};
let port: number;
const cleanups: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
beforeAll(async () => {
  port = await freePort();
  const names = {
    ...{ port: "0", "tls-port": String(port), bind: "127.0.0.1", save: "", dir: folder },
    ...{ "tls-cert-file": await file("server.pem", server.cert), "tls-ca-cert-file": files.ca },
    ...{ "tls-key-file": await file("server.key", server.key), "tls-auth-clients": "yes" },
  };
  const redis = await startServer({
    ...{ name: "Redis", command: await redisProgram(), port, logFile: join(folder, "redis.log") },
    args: Object.entries(names).flatMap(([name, value]) => [`--${name}`, value]),
    ...{ stopSignal: "SIGTERM" as const, stopGraceMs: 5_000 },
  });
  cleanups.push(() => redis.stop());
  const began = await Promise.race([
    redis.exited.then(() => false),
    until("Redis answers", () => waitForParts([partOf(whole)]).then(() => true)),
  ]);
  if (began) return;
  // A Redis that was built without TLS has a terminator before it, as where it is run by others.
  const shared = Number(new URL(inject("stack").redis).port);
  const asked = { requestCert: true, rejectUnauthorized: true, ca: authority.ca };
  const proxy = await startTlsProxy(shared, { ...server, ...asked });
  port = proxy.port;
  cleanups.push(() => proxy.close());
});
afterAll(() => Promise.all(cleanups.map((cleanup) => cleanup())));

const whole = () => ({
  ...{ REDIS_TLS_CA: files.ca, REDIS_TLS_SERVER_NAME: "redis.internal" },
  ...{ REDIS_TLS_CERT: files.cert, REDIS_TLS_KEY: files.key },
});

/** As a process has it from its environment. */
function configOf(variables: () => Record<string, string>) {
  return loadConfig({
    ...{ DATABASE_URL: "postgres://127.0.0.1/floe", TEMPORAL_ADDRESS: "127.0.0.1:1", FLOE_DATA: folder },
    ...{ FLOE_SECRET: "0123456789abcdef", PUBLIC_URL: "http://localhost" },
    ...{ REDIS_HOST: "127.0.0.1", REDIS_PORT: String(port), ...variables() },
  });
}

function partOf(variables: () => Record<string, string>) {
  const { redisUrl, redisTls } = configOf(variables);
  return redisPart(redisUrl, redisTls);
}

it("connects with the authority, the name and a certificate of its own", async () => {
  const { redisUrl, redisTls } = configOf(whole);
  expect(redisUrl).toBe(`rediss://127.0.0.1:${port}/0`);
  const redis = createRedis(redisUrl, { whenAway: "fail", ...(redisTls && { tls: redisTls }) });
  await redis.set("tls-test", "1", "EX", 60);
  expect(await redis.get("tls-test")).toBe("1");
  redis.disconnect();
});

it("refuses another authority, another name, and says which variable to correct", async () => {
  for (const [over, field] of [
    [{ REDIS_TLS_CA: files.strange }, "REDIS_TLS_CA"],
    [{ REDIS_TLS_SERVER_NAME: "other.internal" }, "REDIS_TLS_SERVER_NAME"],
    [{ REDIS_TLS_SERVER_NAME: "" }, "REDIS_TLS_SERVER_NAME"],
  ] as const) {
    const refused = waitForParts([partOf(() => ({ ...whole(), ...over }))], { timeoutMs: 60_000 });
    await expect(refused).rejects.toThrow(`Redis at 127.0.0.1:${port} is not trusted: ${field}`);
  }
});

it("a worker's log says it, too, once an outage", async () => {
  const lines: string[] = [];
  const keep = new Writable({ write: (chunk: Buffer, _e, done) => (lines.push(chunk.toString()), done()) });
  const { redisUrl, redisTls } = configOf(() => ({ ...whole(), REDIS_TLS_CA: files.strange }));
  const redis = createRedis(redisUrl, {
    whenAway: "fail",
    log: pino(keep),
    ...(redisTls && { tls: redisTls }),
  });
  await expect(redis.ping()).rejects.toThrow();
  redis.disconnect();
  expect(lines.filter((line) => line.includes("redis.away"))).toHaveLength(1);
  expect(lines.join("")).toContain("REDIS_TLS_CA does not vouch for the server's certificate");
});

it("is refused at the start where the variables contradict, or name no file", () => {
  const refusal = (over: Record<string, string>): unknown => {
    try {
      return configOf(() => over);
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(refusal({ REDIS_URL: "redis://r:1", REDIS_TLS_CA: files.ca })).toContain(
    "REDIS_URL: must start with rediss://",
  );
  expect(refusal({ REDIS_TLS_CA: "/nowhere" })).toContain("REDIS_TLS_CA: names a file that cannot be read");
  expect(refusal({ REDIS_TLS_CERT: files.cert })).toContain("REDIS_TLS_KEY: is not set");
  expect(refusal({ DATABASE_URL: "postgres://h/d?sslmode=verify-ful" })).toContain(
    "DATABASE_URL: sslmode must be one",
  );
  expect(refusal({ DATABASE_URL: "postgres://h/d?sslrootcert=/nowhere" })).toContain(
    "sslrootcert names a file",
  );
});
