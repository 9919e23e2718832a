import type { ApiConfig, ApiParts } from "../../api/server.js";
import { createUsersOf } from "../../client/parts.js";
import type { Users } from "../../client/users.js";
import { createTenantStore } from "../../db/tenants.js";
import type { MemberRole } from "../../domain/access.js";
import { testDatabase, testRedis, type TestDatabase } from "../setup/stack.js";
import { runApi, type RunningApi } from "../api/fixture.js";
import { sealerOf } from "../support/keys.js";
import { createBrowser, type Browser } from "./browser.js";

export const ownPassword = "tall giraffes hum at noon";

export interface Door extends RunningApi {
  database: TestDatabase;
  users: Users;
  /** A user with a password of their own, belonging to these. */
  person(memberships?: Record<string, MemberRole>, over?: { admin?: boolean }): Promise<Person>;
  signIn(person: Person, extra?: Record<string, string>): Promise<Browser>;
}

export interface Person {
  userId: string;
  email: string;
}

let people = 0;

/** The API with tenants `acme` and `other`; Redis is the real one unless told. */
export async function openDoor(
  over: Partial<Omit<ApiConfig, "databaseUrl">> = {},
  parts: ApiParts = {},
): Promise<Door> {
  const database = await testDatabase();
  const { url: redisUrl } = await testRedis();
  const running = await runApi(database.databaseUrl, { redisUrl, ...over }, parts);
  const users = createUsersOf(database.pool, sealerOf(), {});
  for (const tenantId of ["acme", "other"])
    await createTenantStore(database.pool).createTenant({ tenantId, name: tenantId, providerChoice: "auto" });
  return {
    ...{ ...running, database, users },
    async person(memberships = {}, { admin = false } = {}) {
      const email = `person${(people += 1)}-${process.pid}@people.example`;
      const { userId, password } = await users.create({ email, name: "Somebody", admin });
      for (const [tenantId, role] of Object.entries(memberships))
        await users.addTo({ tenantId, userId, role });
      const browser = createBrowser(running);
      await browser.ask("/api/session", { body: { email, password } });
      const change = { current_password: password, new_password: ownPassword };
      const { status, text } = await browser.ask("/api/session/password", { body: change });
      if (status !== 204) throw new Error(text);
      await browser.ask("/api/session", { method: "DELETE" });
      return { userId, email };
    },
    async signIn({ email }, extra = {}) {
      const browser = createBrowser(running);
      const { status, text } = await browser.ask("/api/session", {
        body: { email, password: ownPassword, ...extra },
      });
      if (status !== 201) throw new Error(text);
      return browser;
    },
  };
}
