import type { MemberRole, Role } from "../../domain/access.js";
import { askFor } from "./client.js";

/** As `GET /api/session` has it. */
export interface Session {
  user: { user_id: string; email: string; name: string; admin: boolean };
  method: string;
  second_factor: boolean;
  totp: boolean;
  must_change_password: boolean;
  expires_at: string;
  tenants: { tenant_id: string; name: string; role: MemberRole; needs_totp: boolean }[];
}

/** As `GET /api/dashboard` has it. */
export interface Settings {
  /** Of Temporal's Web UI, with the namespace; null: nobody said where it is. */
  temporal_ui: string | null;
  /** IANA name: the one that schedules and days go by. */
  time_zone: string;
  /** Whether mailboxes may write to each other while they warm up. */
  warmup_engagement: boolean;
}

/** @throws ApiProblem 401 when nobody is signed in */
export async function loadSession(): Promise<Session> {
  return (await (await askFor("/api/session")).json()) as Session;
}

export async function loadSettings(): Promise<Settings> {
  return (await (await askFor("/api/dashboard")).json()) as Settings;
}

export async function signOut(): Promise<void> {
  await askFor("/api/session", { method: "DELETE" });
}

/** What the person is in a tenant. */
export function roleIn({ user, tenants }: Session, tenantId: string): Role | null {
  const member = tenants.find((one) => one.tenant_id === tenantId);
  return member?.role ?? (user.admin ? "owner" : null);
}

/** Where a person signs in, and comes back from. */
export function signInAddress(): string {
  return `/sign-in?return_to=${encodeURIComponent(`${location.pathname}${location.search}`)}`;
}
