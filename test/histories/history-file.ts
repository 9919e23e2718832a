import { readFile, writeFile } from "node:fs/promises";
import protocol from "@temporalio/proto";

const { History } = protocol.temporal.api.history.v1;
type HistoryMessage = ReturnType<typeof History.fromObject>;

/** Writes a history as JSON: enums by name, payloads in base64. What says where it was recorded is left out. */
export async function writeHistory(name: string, history: unknown): Promise<void> {
  const message = History.fromObject(history as Record<string, unknown>);
  const plain = History.toObject(message, { enums: String, longs: String, bytes: String });
  await writeFile(fileOf(name), `${JSON.stringify(plain, withoutPlace, 1)}\n`);
}

/** As `Worker.runReplayHistories` takes it. */
export function parseHistory(json: string): HistoryMessage {
  return History.fromObject(JSON.parse(json) as Record<string, unknown>);
}

export async function readHistoryFile(name: string): Promise<string> {
  return readFile(fileOf(name), "utf8");
}

function fileOf(name: string): URL {
  return new URL(`${name}.json`, import.meta.url);
}

/** Process ids and host names: a replay does without. */
function withoutPlace(key: string, value: unknown): unknown {
  if (key === "identity") return "worker";
  const { kind, name } = (value ?? {}) as { kind?: string; name?: string };
  if (kind === "TASK_QUEUE_KIND_STICKY" && name) return { ...(value as object), name: "sticky" };
  return value;
}
