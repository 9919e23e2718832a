import type pg from "pg";
import { createApiKeys } from "../../client/api-keys.js";
import { createApiKeyStore } from "../../db/api-keys.js";
import type { Role } from "../../domain/access.js";
import { makeTenant } from "../data/factories.js";
import type { TestDatabase } from "../setup/stack.js";

export interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

export type Ask = (
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Asks with JSON as whoever has the key. */
export function asking(url: string, key: string): Ask {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: "manual",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    return {
      status: response.status,
      body: (isJson ? JSON.parse(text) : { text }) as Record<string, unknown>,
      headers: response.headers,
    };
  };
}

export interface Asker {
  tenantId: string;
  ask: Ask;
}

/** A tenant of its own, and who asks with a key of it. */
export async function newAsker(
  { pool }: Pick<TestDatabase, "pool">,
  url: string,
  role: Role = "owner",
): Promise<Asker> {
  const tenantId = await makeTenant(pool);
  return { tenantId, ask: asking(url, await keyOf({ pool }, tenantId, role)) };
}

/** A key. People are told of a new one, too; tests that count what is told count what they tell themselves. */
export async function newKey(
  pool: pg.Pool,
  tenantId: string,
  { role, scopes }: { role: Role; scopes?: string[] | null },
): Promise<{ key: string; keyId: string }> {
  const key = { tenantId, name: "a key", role, ...(scopes !== undefined && { scopes }) };
  const made = await createApiKeys(createApiKeyStore(pool)).create(key);
  await pool.query("delete from notifications where kind = 'security.key_created'");
  return made;
}

export async function keyOf(
  { pool }: Pick<TestDatabase, "pool">,
  tenantId: string,
  role: Role = "owner",
): Promise<string> {
  return (await newKey(pool, tenantId, { role })).key;
}

/** Every row of a list, page by page as the links lead. */
export async function allPages(ask: Ask, first: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (let path: string | undefined = first; path !== undefined;) {
    const { body, headers } = await ask("GET", path);
    rows.push(...(body.data as Record<string, unknown>[]));
    path = /<(.+)>; rel="next"/.exec(headers.get("link") ?? "")?.[1];
  }
  return rows;
}
