import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Fault, FaultSmtpStatistics, ReceivedMessage } from "./fault-smtp.js";

export interface FaultSmtpProcess {
  port: number;
  pid: number;
  statistics(): Promise<FaultSmtpStatistics>;
  messages(): Promise<ReceivedMessage[]>;
  setFaults(faults: Fault[]): Promise<void>;
  /** Forgets messages; counts of faults and connections stay. */
  forget(): Promise<void>;
  /** The port refuses and open connections are dropped; counts stay. */
  goAway(): Promise<void>;
  /** Listens again, on the same port. */
  comeBack(): Promise<void>;
  /** Kills the process at once (SIGKILL). */
  stop(): Promise<void>;
}

/** Starts the fault server in a process of its own, so that load on it is not load on the test. */
export async function spawnFaultSmtp(
  options: { port?: number; faults?: Fault[] } = {},
): Promise<FaultSmtpProcess> {
  const main = new URL("fault-smtp-main.ts", import.meta.url).pathname;
  const child = spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      main,
      "--port",
      String(options.port ?? 0),
      "--faults",
      JSON.stringify(options.faults ?? []),
      "--leashed",
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  const ready = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exited]);
  if (typeof ready[0] !== "string" || child.pid === undefined)
    throw new Error("The fault server did not start.");
  const { port, controlPort } = JSON.parse(ready[0]) as { port: number; controlPort: number };
  const control = async (method: string, path: string, body?: string) => {
    const response = await fetch(`http://127.0.0.1:${controlPort}${path}`, { method, body });
    return response.text();
  };
  return {
    port,
    pid: child.pid,
    statistics: async () => JSON.parse(await control("GET", "/statistics")) as FaultSmtpStatistics,
    messages: async () =>
      (await control("GET", "/messages"))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as ReceivedMessage),
    setFaults: async (faults) => void (await control("PUT", "/faults", JSON.stringify(faults))),
    forget: async () => void (await control("DELETE", "/messages")),
    goAway: async () => void (await control("POST", "/away")),
    comeBack: async () => void (await control("POST", "/back")),
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
