import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** What a receiver does with a request once it has read all of it. */
export type Answer =
  | { kind: "status"; status: number; headers?: Record<string, string>; body?: string }
  /** 200, after this time. */
  | { kind: "late"; afterMs: number }
  /** Never says anything. */
  | { kind: "hang" }
  /** Closes the connection without a word. */
  | { kind: "drop" }
  /** 200 at once, and a byte now and then without an end. */
  | { kind: "drip" }
  /** 200, and as many bytes as are taken. */
  | { kind: "flood" };

/** Of one path; a path without one answers 200. */
export interface Behaviour {
  /** Signatures are verified by it, as a receiver does with the published library. */
  secret?: string;
  /** One a request, in order; the last one stays. Default: 200. */
  answers?: Answer[];
  /** Remember what came: headers and body. */
  keep?: boolean;
}

/** One request that came in whole. */
export interface Hit {
  path: string;
  webhookId: string;
  timestamp: number;
  /** Null: no secret is known for the path. */
  verified: boolean | null;
  headers: Record<string, string | string[] | undefined> | null;
  body: string | null;
  atMs: number;
}

export interface WebhookReceiver {
  /** Of a path that starts with a slash. */
  url(path: string): string;
  pid: number;
  behave(behaviours: Record<string, Behaviour>): Promise<void>;
  hits(path?: string): Promise<Hit[]>;
  /** Hits by path. */
  counts(): Promise<Record<string, number>>;
  /** Forgets hits, and begins with every path's first answer again. */
  forget(): Promise<void>;
  /** Kills the process at once (SIGKILL): the port refuses, open connections are reset. */
  kill(): Promise<void>;
}

/** A real receiver of webhooks in a process of its own, so that it can die, and so that its work is not the test's. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const main = new URL("webhook-receiver-main.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", "tsx", main], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const ready = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exited]);
  if (typeof ready[0] !== "string" || child.pid === undefined) throw new Error("The receiver did not start.");
  const { port, controlPort } = JSON.parse(ready[0]) as { port: number; controlPort: number };
  const control = async (method: string, path: string, body?: string) =>
    (await fetch(`http://127.0.0.1:${controlPort}${path}`, { method, body })).text();
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    pid: child.pid,
    behave: async (behaviours) => void (await control("PUT", "/behaviours", JSON.stringify(behaviours))),
    hits: async (path) =>
      (await control("GET", "/hits"))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Hit)
        .filter((hit) => path === undefined || hit.path === path),
    counts: async () => JSON.parse(await control("GET", "/counts")) as Record<string, number>,
    forget: async () => void (await control("DELETE", "/hits")),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
