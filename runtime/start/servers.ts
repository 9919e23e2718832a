import { join } from "node:path";
import { startPostgres } from "../embedded/postgres.js";
import { startRedis } from "../embedded/redis.js";
import { startTemporal } from "../embedded/temporal.js";
import type { EmbeddedPart } from "../embedded/process.js";
import type { ExternalServers, SmtpServer } from "./external.js";
import { keepRunning, type KeptPart } from "./keep-running.js";
import { startNode } from "./node-process.js";
import type { PortName } from "./options.js";
import type { Ports } from "./ports.js";

/** The embedded servers of one start, and where everything listens. */
export interface Servers {
  /** Absent: named by the environment. */
  databaseUrl?: string;
  redisUrl?: string;
  temporalAddress?: string;
  temporalUiUrl: string | null;
  inboxUrl: string | null;
  smtp: SmtpServer;
  /** In the order in which they may stop. */
  parts: KeptPart[];
}

export interface ServersInput {
  data: string;
  ports: Ports;
  external: ExternalServers;
  say: (sentence: string) => void;
  /** Told when a part answers, and after how many milliseconds. */
  ready: (name: string, where: string, tookMs: number) => void;
}

/** Ports that the parts of this start need. */
export function neededPorts(external: ExternalServers): PortName[] {
  return [
    ...(external.temporal ? [] : (["temporal", "ui"] as const)),
    ...(external.databaseUrl === undefined ? (["postgres"] as const) : []),
    ...(external.redis ? [] : (["redis"] as const)),
    ...(external.smtp ? [] : (["smtp", "inbox"] as const)),
    "api",
    "metrics",
  ];
}

/**
 * Starts the servers that the environment does not name, at the same time, and keeps each running. When one cannot be
 * started the others are stopped again.
 * @throws FloeError Unavailable with what to do
 */
export async function startServers(input: ServersInput): Promise<Servers> {
  const { data, ports, external, say } = input;
  const kept: KeptPart[] = [];
  const keep = async (needed: boolean, where: string, start: () => Promise<EmbeddedPart>): Promise<void> => {
    if (!needed) return;
    const began = Date.now();
    const part = await keepRunning({ start, say });
    kept.push(part);
    input.ready(part.name, where, Date.now() - began);
  };
  let databaseUrl: string | undefined;
  const postgres = async (): Promise<EmbeddedPart> => {
    const part = await startPostgres({ folder: join(data, "postgres"), port: ports.postgres });
    databaseUrl = part.url;
    return part;
  };
  const temporal = { folder: join(data, "temporal"), port: ports.temporal, uiPort: ports.ui, say };
  const inboxUrl = `http://127.0.0.1:${ports.inbox}`;
  const results = await Promise.allSettled([
    keep(!external.smtp, inboxUrl, () => startCapture(data, ports)),
    keep(!external.temporal, `127.0.0.1:${ports.temporal}`, () => startTemporal(temporal)),
    keep(!external.redis, `127.0.0.1:${ports.redis}`, () =>
      startRedis({ folder: join(data, "redis"), port: ports.redis, say }),
    ),
    keep(external.databaseUrl === undefined, `127.0.0.1:${ports.postgres}`, postgres),
  ]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) {
    await Promise.all(kept.map((part) => part.stop()));
    throw failed.reason;
  }
  return {
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(!external.redis && { redisUrl: `redis://127.0.0.1:${ports.redis}` }),
    ...(!external.temporal && { temporalAddress: `127.0.0.1:${ports.temporal}` }),
    temporalUiUrl: external.temporal ? null : `http://127.0.0.1:${ports.ui}`,
    inboxUrl: external.smtp ? null : inboxUrl,
    smtp: external.smtp ?? {
      host: "127.0.0.1",
      port: ports.smtp,
      secure: false,
      username: null,
      password: null,
    },
    parts: kept,
  };
}

function startCapture(data: string, ports: Ports): Promise<EmbeddedPart> {
  const args = ["--smtp-port", String(ports.smtp), "--inbox-port", String(ports.inbox)];
  return startNode({
    name: "Inbox",
    script: "runtime/embedded/smtp-capture.ts",
    args: [...args, "--file", join(data, "inbox.jsonl")],
    readyMessage: "smtp_capture.ready",
    logFile: join(data, "logs", "inbox.log"),
    port: ports.smtp,
    stopGraceMs: 15_000,
  });
}
