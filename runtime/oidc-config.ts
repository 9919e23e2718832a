import type { z } from "zod";
import { memberRoles, type MemberRole } from "../domain/access.js";
import type { FieldProblem } from "../domain/errors.js";
import type { variables } from "./environment.js";

/** Who vouches for people, beside their passwords. */
export interface OidcConfig {
  issuer: string;
  clientId: string;
  /** Absent: a public client, by PKCE alone. */
  clientSecret?: string;
  /** Whoever it vouches for becomes a user there; absent: only who is one already is let in. */
  createUsers?: { tenantId: string; role: MemberRole };
}

type Variables = Pick<
  z.output<typeof variables>,
  "OIDC_ISSUER" | "OIDC_CLIENT_ID" | "OIDC_CLIENT_SECRET" | "OIDC_CREATE_USERS"
>;

export function toOidcConfig(value: Variables): OidcConfig | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId } = value;
  if (!issuer || !clientId) return undefined;
  return {
    ...{ issuer, clientId },
    ...(value.OIDC_CLIENT_SECRET && { clientSecret: value.OIDC_CLIENT_SECRET }),
    ...(value.OIDC_CREATE_USERS && { createUsers: value.OIDC_CREATE_USERS }),
  };
}

/** The two that come together. */
export function findOidcProblems(env: NodeJS.ProcessEnv): FieldProblem[] {
  if (!env.OIDC_ISSUER === !env.OIDC_CLIENT_ID) return [];
  const field = env.OIDC_ISSUER ? "OIDC_CLIENT_ID" : "OIDC_ISSUER";
  return [{ field, problem: "is not set; issuer and client come together" }];
}

/** `acme:viewer` */
export function parseNewUsers(text: string): { tenantId: string; role: MemberRole } | { problem: string } {
  const [tenantId = "", role = "", ...rest] = text.split(":");
  const known = memberRoles.find((one) => one === role);
  if (tenantId === "" || !known || rest.length > 0)
    return { problem: `must be a tenant and one of ${memberRoles.join(", ")}, such as acme:viewer` };
  return { tenantId, role: known };
}

/** TLS, but on this machine. */
export function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === "https:" || (protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
  );
}
