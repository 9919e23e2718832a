import { v7 as uuidv7 } from "uuid";
import { createPool } from "../db/pool.js";
import { createUserStore, type UserStore } from "../db/users.js";
import { givePassword } from "./users.js";

/** An address that nobody has: who signs in as this one makes users of their own. */
const firstAdminEmail = "admin@floe.local";

export interface FirstAdmin {
  userId: string;
  email: string;
  /** Shown this once; to be changed at the first sign-in. */
  password: string;
}

/** Somebody who may everything, when there is nobody at all yet; else null. Processes that start together make one. */
export async function createFirstAdmin(
  store: Pick<UserStore, "createFirstUser" | "listUsers">,
): Promise<FirstAdmin | null> {
  const anybody = await store.listUsers(null, { limit: 1 });
  if (anybody.length > 0) return null;
  const { password, ...given } = await givePassword();
  const user = { userId: uuidv7(), email: firstAdminEmail, name: "Admin", admin: true, createdBy: "start" };
  const created = await store.createFirstUser({ ...user, ...given });
  return created && { userId: created.userId, email: created.email, password };
}

/** The same on a database that nobody is connected to yet. */
export async function ensureFirstAdmin(databaseUrl: string): Promise<FirstAdmin | null> {
  const pool = createPool(databaseUrl, { max: 1 });
  return createFirstAdmin(createUserStore(pool)).finally(() => pool.end());
}
