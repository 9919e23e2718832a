import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureDashboard } from "../dashboard/build.js";
import { ensureFirstAdmin, type FirstAdmin } from "../../client/first-admin.js";
import { migrate } from "../../db/migrate.js";
import { loadConfig, type Config } from "../config.js";
import { removeEndpoints, saveEndpoints, type Endpoints } from "../endpoints.js";
import { readTracing } from "../tracing-config.js";
import { partsOf, smtpPart, waitForParts } from "../wait-for.js";
import { externalServers, type SmtpServer } from "./external.js";
import { startFloeProcesses, workerProcesses } from "./floe-processes.js";
import type { KeptPart } from "./keep-running.js";
import { lockFolder } from "./lock.js";
import type { Narrator } from "./narrator.js";
import type { StartOptions } from "./options.js";
import { choosePorts } from "./ports.js";
import { neededPorts, startServers, type Servers } from "./servers.js";
import { cachedWorkflowBundle } from "./workflow-bundle.js";

/** Everything that runs on one machine. */
export interface Stack {
  endpoints: Endpoints;
  smtp: SmtpServer;
  config: Config;
  /** Of the first start on this database; with a password that is told this once. */
  firstAdmin: FirstAdmin | null;
  /** Settled when the dashboard is as its sources are, or could not be built. */
  dashboard: Promise<void>;
  /** Workers first, so that they finish what is on the wire; then the servers. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts all of Floe on one data folder: servers, schema, workers, API.
 * @throws FloeError with a sentence; nothing is left running then
 */
export async function startStack(
  options: StartOptions,
  env: NodeJS.ProcessEnv,
  narrator: Narrator,
): Promise<Stack> {
  const external = externalServers(env);
  const lock = await lockFolder(options.data);
  const running: KeptPart[][] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopInOrder(running).finally(async () => {
      removeEndpoints(options.data);
      await lock.release();
    });
    return stopping;
  };
  try {
    if (lock.recovered) narrator.say("The run before did not stop in order; its data is recovered.");
    removeEndpoints(options.data);
    const ports = await choosePorts({
      needed: neededPorts(external),
      asked: options.ports,
      workers: workerProcesses(options.senders).length,
      say: narrator.say,
    });
    // Beside the servers, which mostly wait.
    const bundling = env.WORKFLOW_BUNDLE
      ? env.WORKFLOW_BUNDLE
      : cachedWorkflowBundle(options.data, readTracing(env) !== undefined);
    const dashboard = options.exitAfterDemo ? Promise.resolve() : prepareDashboard(narrator);
    const servers = await startServers({ ...narrator, data: options.data, ports, external });
    running.push(servers.parts);
    const apiUrl = `http://127.0.0.1:${ports.api}`;
    const secret = external.secret ?? (await ensureSecret(options.data, "secret"));
    const apiToken = env.API_TOKEN || (await ensureSecret(options.data, "api-token"));
    const encryptionKeys = env.FLOE_ENCRYPTION_KEYS || (await ensureEncryptionKeys(options.data));
    const own = {
      ...{ FLOE_DATA: options.data, FLOE_SECRET: secret, API_TOKEN: apiToken },
      FLOE_ENCRYPTION_KEYS: encryptionKeys,
    };
    const complete = { ...env, ...serverVariables(servers), ...notifyingVariables(env, servers), ...own };
    const publicUrl = external.publicUrl ?? apiUrl;
    const processEnv = { ...complete, PUBLIC_URL: publicUrl, WORKFLOW_BUNDLE: await bundling };
    const config = loadConfig(processEnv);
    const smtp = external.smtp ? [smtpPart(external.smtp.host, external.smtp.port)] : [];
    await waitForParts([...partsOf(config), ...smtp], { say: narrator.say });
    await migrate(config.databaseUrl);
    const firstAdmin = await ensureFirstAdmin(config.databaseUrl);
    const { shutdownGraceMs } = config;
    const workers = config.startWorkers ? workerProcesses(options.senders) : [];
    const input = { data: options.data, ports, env: processEnv, shutdownGraceMs, workers };
    running.unshift(await startFloeProcesses({ ...narrator, ...input }));
    const endpoints = toEndpoints({
      config,
      servers,
      apiUrl,
      encryptionKeys,
      payloadKeys: env.TEMPORAL_PAYLOAD_KEYS ?? "",
    });
    saveEndpoints(options.data, endpoints);
    return { endpoints, smtp: servers.smtp, config, firstAdmin, dashboard, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Mail goes out without it: what went wrong is told, and the API says that there is none. */
async function prepareDashboard({ say, ready }: Narrator): Promise<void> {
  const began = Date.now();
  try {
    if (await ensureDashboard()) ready("Dashboard", "built", Date.now() - began);
  } catch (error) {
    say(`The dashboard could not be built: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function stopInOrder(running: KeptPart[][]): Promise<void> {
  for (const parts of running) await Promise.all(parts.map((part) => part.stop()));
}

function serverVariables(servers: Servers): NodeJS.ProcessEnv {
  return {
    ...(servers.databaseUrl !== undefined && { DATABASE_URL: servers.databaseUrl }),
    ...(servers.redisUrl !== undefined && { REDIS_URL: servers.redisUrl }),
    ...(servers.temporalAddress !== undefined && {
      TEMPORAL_ADDRESS: servers.temporalAddress,
      TEMPORAL_NAMESPACE: "default",
    }),
    ...(servers.temporalUiUrl !== null && { TEMPORAL_UI_URL: servers.temporalUiUrl }),
  };
}

/** Emails of notifications are captured like all other mail, unless the environment says how they leave. */
function notifyingVariables(env: NodeJS.ProcessEnv, { smtp, inboxUrl }: Servers): NodeJS.ProcessEnv {
  const told = [env.NOTIFY_FROM, env.NOTIFY_SMTP_URL, env.NOTIFY_TENANT].some(Boolean);
  if (told || inboxUrl === null) return {};
  return { NOTIFY_FROM: "floe@floe.local", NOTIFY_SMTP_URL: `smtp://${smtp.host}:${smtp.port}` };
}

/** Links in mails that were sent, and whoever was given the token, must go on working: both live as long as the data. */
function ensureSecret(data: string, name: "secret" | "api-token"): Promise<string> {
  return ensureFile(join(data, name), () => randomBytes(32).toString("base64url"));
}

/** In the variable's own notation: another key is put before it by hand. Secrets in Postgres open with nothing else. */
function ensureEncryptionKeys(data: string): Promise<string> {
  return ensureFile(join(data, "encryption-keys"), () => `local:${randomBytes(32).toString("base64")}`);
}

async function ensureFile(file: string, make: () => string): Promise<string> {
  const found = (await readFile(file, "utf8").catch(() => "")).trim();
  if (found !== "") return found;
  const made = make();
  await writeFile(file, made, { mode: 0o600 });
  return made;
}

interface RunningStack {
  config: Config;
  servers: Servers;
  apiUrl: string;
  encryptionKeys: string;
  payloadKeys: string;
}

function toEndpoints({ config, servers, apiUrl, ...keys }: RunningStack): Endpoints {
  return {
    databaseUrl: config.databaseUrl,
    redisUrl: config.redisUrl,
    temporalAddress: config.temporal.address,
    namespace: config.temporal.namespace,
    publicUrl: config.publicUrl,
    secret: config.secret,
    ...keys,
    apiUrl,
    inboxUrl: servers.inboxUrl,
    temporalUiUrl: servers.temporalUiUrl,
  };
}
