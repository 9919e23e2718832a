import { FloeError } from "../../domain/errors.js";
import { isPortFree } from "../embedded/process.js";
import { defaultPorts, type PortName } from "./options.js";

export type Ports = Record<PortName, number>;

/** What each port is called in a sentence. */
const titles: Record<PortName, string> = {
  temporal: "Temporal",
  ui: "Temporal's Web UI",
  postgres: "Postgres",
  redis: "Redis",
  smtp: "the capturing mail server",
  inbox: "the inbox page",
  api: "the API",
  metrics: "the workers' metrics",
};

const farthest = 200;

export interface PortChoice {
  needed: PortName[];
  /** Those that were asked for. */
  asked: Partial<Ports>;
  /** Worker processes: each has a port for its metrics, in a row. */
  workers: number;
  say: (sentence: string) => void;
}

/**
 * Finds a port for each part that is needed: the one asked for, else its default, else the next that is free.
 * @throws FloeError Conflict when one that was asked for is taken
 */
export async function choosePorts({ needed, asked, workers, say }: PortChoice): Promise<Ports> {
  const chosen: Ports = { ...defaultPorts };
  const used = new Set<number>();
  // Those that were asked for first: a default must not take one away.
  const order = needed.toSorted(
    (one, other) => Number(asked[other] !== undefined) - Number(asked[one] !== undefined),
  );
  for (const name of order) {
    const wanted = asked[name] ?? defaultPorts[name];
    const width = name === "metrics" ? workers : 1;
    const last = asked[name] === undefined ? Math.min(wanted + farthest, 65_536 - width) : wanted;
    const port = await firstFree(wanted, last, width, used);
    if (port === null) throw new FloeError("Conflict", taken(name, wanted));
    if (port !== wanted)
      say(`Port ${wanted} is taken: ${titles[name]} takes ${port} (choose with --${name}-port).`);
    for (let offset = 0; offset < width; offset++) used.add(port + offset);
    chosen[name] = port;
  }
  return chosen;
}

function taken(name: PortName, port: number): string {
  return `Port ${port} for ${titles[name]} is taken; stop what listens there, or choose another with --${name}-port.`;
}

async function firstFree(from: number, to: number, width: number, used: Set<number>): Promise<number | null> {
  for (let port = from; port <= to; port++) {
    const row = Array.from({ length: width }, (_, offset) => port + offset);
    if (row.some((candidate) => used.has(candidate))) continue;
    const free = await Promise.all(row.map(isPortFree));
    if (free.every(Boolean)) return port;
  }
  return null;
}
