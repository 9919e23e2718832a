import { createContext, useContext } from "react";
import { refusal, type Level, type Resource, type Role } from "../../domain/access.js";
import type { ApiClient } from "./client.js";
import type { Session, Settings } from "./session.js";

/** Who looks at the page, in which tenant, and how to ask the API as them. */
export interface Who {
  session: Session;
  settings: Settings;
  tenantId: string;
  /** In the tenant. */
  role: Role;
  /** In the tenant. */
  api: ApiClient;
  /** For what is of level `platform`: as an admin, of no tenant. Refused to everybody else. */
  platform: ApiClient;
  chooseTenant: (tenantId: string) => void;
}

export const WhoContext = createContext<Who | null>(null);

export function useWho(): Who {
  const who = useContext(WhoContext);
  if (!who) throw new Error("useWho is for pages, which only people who are signed in see.");
  return who;
}

export function useApi(): ApiClient {
  return useWho().api;
}

export interface Right {
  resource: Resource;
  level: Level;
}

/** Why the person may not, as a sentence for a tooltip; null when they may. The API decides; this is to show what is of use. */
export function useRefusal({ resource, level }: Right): string | null {
  return refusalOf(useWho(), { resource, level });
}

export function useMay(right: Right): boolean {
  return useRefusal(right) === null;
}

export function refusalOf({ session, role }: Pick<Who, "session" | "role">, right: Right): string | null {
  const acting: Role = right.level === "platform" && session.user.admin ? "admin" : role;
  return refusal({ role: acting, scopes: null }, right);
}
