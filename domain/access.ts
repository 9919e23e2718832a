/** Who may do what: roles of people and keys, scopes that narrow a key. */

/** Each may do what those before it may. An admin is of the platform, the others of one tenant. */
export const roles = ["viewer", "operator", "owner", "admin"] as const;
export type Role = (typeof roles)[number];
/** What somebody may be in a tenant. */
export const memberRoles = ["viewer", "operator", "owner"] as const;
export type MemberRole = (typeof memberRoles)[number];

/** What a request does: looks, changes what is one's own, works, changes who may what, or runs the platform. */
export const levels = ["read", "self", "write", "own", "platform"] as const;
export type Level = (typeof levels)[number];

export const resources = [
  ...["ab-tests", "alerts", "analytics", "audit", "blacklist", "bounces", "campaigns", "contacts"],
  ...["dead-letters", "domains", "emails", "exports", "graphs", "imports", "jobs", "keys", "limits"],
  ...["lists", "maintenance", "nodes"],
  ...["metrics", "notifications", "payloads", "progress", "queues", "reputation", "schedules", "segments"],
  ...["sequences", "suppressions", "templates", "tenants", "users", "warmups", "webhooks"],
] as const;
export type Resource = (typeof resources)[number];

/** `emails:write` includes `emails:read`; `*:read` is every resource. */
export type Scope = `${Resource | "*"}:${"read" | "write"}`;

export interface Principal {
  /** Null: the platform's, whose requests say which tenant they are about. */
  tenantId: string | null;
  role: Role;
  /** Null: all that the role allows. */
  scopes: readonly string[] | null;
  /** As audit logs name it, such as `key:0198…`. */
  actor: string;
  /** Whose requests are counted together. */
  id: string;
}

const least: Record<Level, Role> = {
  ...{ read: "viewer", self: "viewer" },
  ...{ write: "operator", own: "owner", platform: "admin" },
};

/** What is asked for. */
export interface Wanted {
  resource: Resource;
  level: Level;
  /** Changes nothing, whatever role it takes. */
  looks?: boolean | undefined;
}

/** Of the scope that a narrowed key needs. */
export function verbOf({ level, looks = false }: Omit<Wanted, "resource">): "read" | "write" {
  return level === "read" || looks ? "read" : "write";
}

/** Why the principal may not; null when it may. */
export function refusal(
  { role, scopes }: Pick<Principal, "role" | "scopes">,
  { resource, level, looks }: Wanted,
): string | null {
  if (roles.indexOf(role) < roles.indexOf(least[level])) {
    return `This needs the role ${least[level]}; yours is ${role}.`;
  }
  if (scopes === null) return null;
  const verb = verbOf({ level, looks });
  const enough = [`${resource}:write`, "*:write", ...(verb === "read" ? [`${resource}:read`, "*:read"] : [])];
  if (scopes.some((scope) => enough.includes(scope))) return null;
  return `This needs the scope ${resource}:${verb}; the key has ${scopes.join(", ") || "none"}.`;
}

export function isScope(text: string): text is Scope {
  const [resource = "", verb = "", ...rest] = text.split(":");
  if (rest.length > 0 || (verb !== "read" && verb !== "write")) return false;
  return resource === "*" || (resources as readonly string[]).includes(resource);
}
