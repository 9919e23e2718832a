import { userInfo } from "node:os";

/** Whoever is logged in on this machine, as audit logs name them. */
export function operator(): string {
  return `cli:${userInfo().username}`;
}

export interface TenantOption {
  tenant: string;
}

export interface AuthorOptions {
  because?: string;
}

/** Who does it, and why. */
export function authorOf({ because }: AuthorOptions): { actor: string; because?: string } {
  return { actor: operator(), ...(because !== undefined && { because }) };
}
