import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "@temporalio/client";
import { Redis } from "ioredis";
import pg from "pg";
import { ConfigInvalid, FloeError } from "../domain/errors.js";
import { postgresTls, redisTls, tlsFaultOf, type TlsSettings } from "../domain/tls-fault.js";
import type { Config, RedisTls } from "./config.js";
import { findTemporalTlsFault } from "./temporal-tls.js";

/** A part that must answer before work can begin. */
export interface AwaitedPart {
  /** With its address and without a password: `Postgres at db:5432`. */
  name: string;
  /** What to correct when it does not answer. */
  setting: string;
  /** What to correct when TLS is not agreed on. */
  tls?: TlsSettings;
  /** Rejects while the part is away. */
  probe: () => Promise<void>;
}

export interface Patience {
  /** Default 30,000. */
  timeoutMs?: number;
  /** Told once a part when it does not answer at once. */
  say?: (sentence: string) => void;
}

/**
 * Waits until every part answers.
 * @throws FloeError Unavailable, naming each part that did not, why, and which setting names it
 */
export async function waitForParts(parts: AwaitedPart[], patience: Patience = {}): Promise<void> {
  const timeoutMs = patience.timeoutMs ?? 30_000;
  const results = await Promise.allSettled(parts.map((part) => waitForPart(part, timeoutMs, patience.say)));
  const away = results.flatMap((result) =>
    result.status === "rejected" ? [(result.reason as Error).message] : [],
  );
  if (away.length === 0) return;
  throw new FloeError("Unavailable", `Gave up after ${timeoutMs / 1000} s. ${away.join(" ")}`);
}

async function waitForPart(
  part: AwaitedPart,
  timeoutMs: number,
  say?: (sentence: string) => void,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await part.probe();
    } catch (error) {
      const fault =
        error instanceof ConfigInvalid ? error.problems[0] : part.tls && tlsFaultOf(error, part.tls);
      // Trying again would not mend it.
      if (fault) {
        const sentence = `${part.name} is not trusted: ${fault.field} ${fault.problem}.`;
        throw new FloeError("Unavailable", sentence, { cause: error });
      }
      if (attempt === 1) say?.(`Waiting for ${part.name} ...`);
      if (Date.now() > deadline) {
        const reason = error instanceof Error && error.message !== "" ? error.message : String(error);
        throw new FloeError(
          "Unavailable",
          `${part.name} does not answer (${reason}); start it or correct ${part.setting}.`,
          { cause: error },
        );
      }
      await sleep(Math.min(1_000, 100 * attempt));
    }
  }
}

/** The parts that every process of Floe needs. */
export function partsOf(
  config: Pick<Config, "databaseUrl" | "redisUrl" | "redisTls" | "temporal">,
): AwaitedPart[] {
  return [
    postgresPart(config.databaseUrl),
    redisPart(config.redisUrl, config.redisTls),
    temporalPart(config.temporal),
  ];
}

export function postgresPart(databaseUrl: string): AwaitedPart {
  return {
    name: `Postgres at ${new URL(databaseUrl).host}`,
    setting: "DATABASE_URL",
    tls: postgresTls,
    async probe() {
      const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3_000 });
      client.on("error", () => undefined);
      await client.connect();
      await client.end();
    },
  };
}

export function redisPart(redisUrl: string, tls?: RedisTls): AwaitedPart {
  return {
    name: `Redis at ${new URL(redisUrl).host}`,
    setting: "REDIS_URL or REDIS_HOST",
    tls: redisTls,
    async probe() {
      const options = {
        ...(tls && { tls }),
        lazyConnect: true,
        connectTimeout: 3_000,
        maxRetriesPerRequest: 0,
        retryStrategy: () => null,
      };
      const client = new Redis(redisUrl, options);
      let reason: Error | undefined;
      client.on("error", (error: Error) => (reason = error));
      try {
        await client.connect();
        await client.ping();
      } catch (error) {
        // ioredis rejects with "Connection is closed."; what closed it came as an event.
        throw reason ?? error;
      } finally {
        client.disconnect();
      }
    },
  };
}

export function temporalPart(temporal: Config["temporal"]): AwaitedPart {
  return {
    name: `Temporal at ${temporal.address}`,
    setting: "TEMPORAL_ADDRESS (and TEMPORAL_TLS_*, TEMPORAL_API_KEY)",
    async probe() {
      const fault = await findTemporalTlsFault(temporal);
      if (fault) throw new ConfigInvalid([fault]);
      const connection = await Connection.connect({
        address: temporal.address,
        connectTimeout: 3_000,
        ...(temporal.tls !== undefined && { tls: temporal.tls }),
        ...(temporal.apiKey !== undefined && { apiKey: temporal.apiKey }),
      });
      await connection.close();
    },
  };
}

/** An SMTP server: answers when it greets with 220. */
export function smtpPart(host: string, port: number): AwaitedPart {
  return {
    name: `SMTP server at ${host}:${port}`,
    setting: "SMTP_URL",
    async probe() {
      const socket = connect({ host, port, timeout: 3_000 });
      socket.once("timeout", () => socket.destroy(new Error("no greeting within 3 s")));
      try {
        const [greeting] = (await once(socket, "data")) as [Buffer];
        if (!greeting.toString().startsWith("220")) throw new Error("it does not greet with 220");
        socket.write("QUIT\r\n");
      } finally {
        socket.destroy();
      }
    },
  };
}
