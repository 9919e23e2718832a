import { userInfo } from "node:os";

/** Whoever is logged in on this machine, as audit logs name them. */
export function operator(): string {
  return `cli:${userInfo().username}`;
}
