import { createApi, answerOf } from "../data/client.js";
import type { Session } from "../data/session.js";

const keyOf = ({ user }: Session): string => `floe-tenant:${user.user_id}`;

/** A person's browser opens the tenant that they looked at last. */
export function rememberTenant(session: Session, tenantId: string): void {
  localStorage.setItem(keyOf(session), tenantId);
}

/** The one of last time, else the first that there is; null: there is none. */
export async function tenantToOpen(session: Session): Promise<string | null> {
  const last = localStorage.getItem(keyOf(session));
  const own = session.tenants.find(({ tenant_id: id }) => id === last) ?? session.tenants[0];
  if (!session.user.admin) return own?.tenant_id ?? null;
  const { data } = await answerOf(createApi(null).GET("/api/tenants"));
  const all = data.map(({ tenant_id: id }) => id);
  if (last !== null && all.includes(last)) return last;
  return own?.tenant_id ?? all[0] ?? null;
}
