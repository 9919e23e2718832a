import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type pg from "pg";
import { beforeAll, expect, inject, test } from "vitest";
import { createLiveUpdates } from "../../client/live-updates.js";
import { secret } from "../api/fixture.js";
import { newTenant, readLog } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { testKeys } from "../support/keys.js";
import { until } from "../support/until.js";
import { endlessImport, keyOf, move } from "./fixture.js";

let pool: pg.Pool;
let env: NodeJS.ProcessEnv;
let apis: ApiProcess[] = [];

/** One API in a process of its own, as in production. */
interface ApiProcess {
  process: ChildProcess;
  port: number;
  /** Sockets that the balancer has led to it and that are open. */
  led: Set<Socket>;
}

beforeAll(async () => {
  const database = await testDatabase();
  pool = database.pool;
  const { url: redisUrl } = await testRedis();
  env = {
    ...{
      DATABASE_URL: database.databaseUrl,
      REDIS_URL: redisUrl,
      TEMPORAL_ADDRESS: inject("stack").temporal,
    },
    ...{ FLOE_SECRET: secret, FLOE_ENCRYPTION_KEYS: testKeys, API_PORT: "0", LOG_LEVEL: "info" },
    PUBLIC_URL: "http://localhost:8080",
  };
  apis = await Promise.all([startProcess(), startProcess()]);
  return () => Promise.all(apis.map((api) => end(api, "SIGTERM")));
});

async function startProcess(): Promise<ApiProcess> {
  const main = new URL("../../api/main.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", "tsx", main], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
    if (msg !== "api.ready" || port === undefined) continue;
    child.stdout.resume();
    return { process: child, port, led: new Set() };
  }
  throw new Error("The API ended before it was ready.");
}

async function end({ process: child }: ApiProcess, signal: NodeJS.Signals): Promise<NodeJS.Signals | null> {
  const exited = once(child, "exit");
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await exited;
  }
  return child.signalCode;
}

/** One address before all processes, as a load balancer: in turn, and those that do not answer are passed over. */
async function startBalancer(): Promise<{ url: string; close: () => void }> {
  let turn = 0;
  const lead = (socket: Socket, left = apis.length): void => {
    const api = apis[(turn += 1) % apis.length];
    if (!api || left === 0) return void socket.destroy();
    const upstream = connect(api.port, "127.0.0.1");
    const whenRefused = () => lead(socket, left - 1);
    upstream.once("error", whenRefused).once("connect", () => {
      upstream.off("error", whenRefused).on("error", () => undefined);
      api.led.add(socket);
      upstream.on("close", () => {
        api.led.delete(socket);
        socket.destroy();
      });
      socket.on("close", () => upstream.destroy());
      socket.pipe(upstream).pipe(socket);
    });
  };
  const server = createServer((socket) => lead(socket.on("error", () => undefined)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

test("Clients of an API process that is killed go on at another one: no update is missed, none told twice", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const imports = await Promise.all([1, 2, 3, 4].map(() => endlessImport(pool, tenantId)));
  const balancer = await startBalancer();
  const clients = Array.from({ length: 8 }, () => createLiveUpdates({ url: balancer.url, key }));
  const got = clients.map((): number[] => []);
  const errors: Error[] = [];
  clients.forEach((client, i) => {
    client.subscribe(
      { channel: "progress", cursor: "0" },
      { onUpdate: ({ sequence }) => got[i]?.push(Number(sequence)), onError: (error) => errors.push(error) },
    );
  });
  await move(pool, imports);
  await until("everybody follows", () => Promise.resolve(got.every((each) => each.length > 0)));

  for (const victim of [0, 1]) {
    for (let i = 0; i < 15; i += 1) await move(pool, imports);
    const api = apis[victim]!;
    // Open sockets were led to it, and more is told while it dies.
    expect(api.led.size).toBeGreaterThan(0);
    const [signal] = await Promise.all([end(api, "SIGKILL"), move(pool, imports), move(pool, imports)]);
    expect(signal).toBe("SIGKILL");
    for (let i = 0; i < 15; i += 1) await move(pool, imports);
    apis[victim] = await startProcess();
    const log = await readLog(pool, tenantId);
    await until("everybody is up to date", () =>
      Promise.resolve(got.every((each) => each.length >= log.length)),
    );
  }
  const log = await readLog(pool, tenantId);
  const all = log.map(({ sequence }) => sequence);
  expect(all.length).toBeGreaterThan(60);
  for (const each of got) expect(each).toEqual(all);
  expect(errors).toEqual([]);
  for (const client of clients) client.close();
  balancer.close();
}, 120_000);
