import { readFileSync } from "node:fs";
import type { FieldProblem } from "../domain/errors.js";

/** Of Temporal, as its SDK takes it. PEM texts. */
export interface TemporalTls {
  clientCertPair?: { crt: Buffer; key: Buffer };
  serverRootCACertificate?: Buffer;
  serverNameOverride?: string;
}

/** Of Redis, as `node:tls` takes it. PEM texts. */
export interface RedisTls {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  servername?: string;
}

export interface PemFiles {
  tls: TemporalTls | undefined;
  redisTls: RedisTls | undefined;
  imapCa: Buffer | undefined;
  problems: FieldProblem[];
}

/** Variables that name PEM files; a certificate and its key come together. */
export function readPemFiles(env: NodeJS.ProcessEnv): PemFiles {
  const problems: FieldProblem[] = [];
  const read = (field: string): Buffer | undefined => {
    const file = env[field];
    if (file === undefined) return undefined;
    try {
      return readFileSync(file);
    } catch {
      problems.push({ field, problem: "names a file that cannot be read" });
      return undefined;
    }
  };
  const readPair = (prefix: string) => {
    const [crt, key] = [read(`${prefix}_CERT`), read(`${prefix}_KEY`)];
    if ((env[`${prefix}_CERT`] === undefined) !== (env[`${prefix}_KEY`] === undefined)) {
      const field = env[`${prefix}_CERT`] === undefined ? `${prefix}_CERT` : `${prefix}_KEY`;
      problems.push({ field, problem: "is not set; certificate and key come together" });
    }
    return crt && key && { crt, key };
  };
  const temporal = { pair: readPair("TEMPORAL_TLS"), ca: read("TEMPORAL_TLS_SERVER_CA") };
  const redis = { pair: readPair("REDIS_TLS"), ca: read("REDIS_TLS_CA") };
  return {
    ...{ imapCa: read("INBOUND_IMAP_CA"), problems },
    tls:
      temporal.pair || temporal.ca
        ? {
            ...(temporal.pair && { clientCertPair: temporal.pair }),
            ...(temporal.ca && { serverRootCACertificate: temporal.ca }),
          }
        : undefined,
    redisTls:
      redis.pair || redis.ca
        ? {
            ...(redis.pair && { cert: redis.pair.crt, key: redis.pair.key }),
            ...(redis.ca && { ca: redis.ca }),
          }
        : undefined,
  };
}
