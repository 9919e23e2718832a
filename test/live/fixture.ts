import type pg from "pg";
import { WebSocket } from "ws";
import { recordProgress } from "../../db/progress-recorder.js";
import type { Role } from "../../domain/access.js";
import type { LiveMessage, LiveRequest } from "../../domain/live-updates.js";
import { newKey } from "../api/asking.js";
import { importChunk, newImport } from "../progress/fixture.js";
import { until } from "../support/until.js";

export type Of<Type extends LiveMessage["type"]> = Extract<LiveMessage, { type: Type }>;

/** A socket to `/api/live`, and all that came over it. */
export class LiveSocket {
  readonly messages: LiveMessage[] = [];
  readonly socket: WebSocket;
  closedWith: { code: number; reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as LiveMessage));
    socket.on("error", () => undefined);
    socket.on("close", (code, reason) => (this.closedWith = { code, reason: reason.toString() }));
  }

  /** @throws Error with the HTTP status when the connection is refused */
  static async open(url: string, options: LiveSocketOptions = {}): Promise<LiveSocket> {
    const { key, protocols = [], query = {}, headers = {} } = options;
    const target = `${url.replace("http", "ws")}/api/live?${new URLSearchParams(query).toString()}`;
    const socket = new WebSocket(target, protocols, {
      headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...headers },
    });
    const live = new LiveSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("unexpected-response", (_request, response) => {
        socket.terminate();
        reject(new Error(String(response.statusCode)));
      });
      socket.once("error", reject);
    });
    return live;
  }

  ask(request: LiveRequest): void {
    this.socket.send(JSON.stringify(request));
  }

  of<Type extends LiveMessage["type"]>(type: Type): Of<Type>[] {
    return this.messages.filter((message): message is Of<Type> => message.type === type);
  }

  /** The first of a type, when it is there. */
  first<Type extends LiveMessage["type"]>(type: Type): Promise<Of<Type>> {
    return until(`a message ${type}`, () => Promise.resolve(this.of(type)[0]), { timeoutMs: 30_000 });
  }

  closed(): Promise<{ code: number; reason: string }> {
    return until("it is closed", () => Promise.resolve(this.closedWith), { timeoutMs: 30_000 });
  }
}

export interface LiveSocketOptions {
  key?: string;
  protocols?: string[];
  query?: Record<string, string>;
  headers?: Record<string, string>;
}

export async function keyOf(
  pool: pg.Pool,
  tenantId: string,
  { role = "viewer", scopes = null }: { role?: Role; scopes?: string[] | null } = {},
): Promise<{ key: string; keyId: string }> {
  return newKey(pool, tenantId, { role, scopes });
}

/** One update of each import, as a recorder makes it. */
export async function move(pool: pg.Pool, importIds: readonly string[]): Promise<void> {
  for (const importId of importIds) await importChunk(pool, importId);
  await recordProgress(pool, { all: false });
}

/** An import that never ends, so that each chunk is an update. */
export async function endlessImport(pool: pg.Pool, tenantId: string, user?: string): Promise<string> {
  const importId = await newImport(pool, tenantId, user);
  await pool.query("update lead_imports set total_bytes = 1000000000 where import_id = $1", [importId]);
  return importId;
}

export async function notify(pool: pg.Pool, tenantId: string, title: string, user?: string): Promise<void> {
  await pool.query(
    `insert into notifications (tenant_id, user_id, kind, subject_id, title, text)
     values ($1, $2, 'test.told', 'subject', $3, 'text')`,
    [tenantId, user ?? null, title],
  );
}
