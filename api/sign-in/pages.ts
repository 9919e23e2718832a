import type { OpenInvitation } from "../../db/invitations.js";
import type { SignedIn } from "../../db/sessions.js";
import { escapeHtml, page } from "../pages.js";

/** Pages at the door, for a browser without JavaScript: signing in and out, the password, an invitation. */
export interface SignInForm {
  email?: string | undefined;
  problem?: string | undefined;
  returnTo?: string | undefined;
  /** Where another vouches for people. */
  oidc: boolean;
}

export function signInPage({ email = "", problem, returnTo, oidc }: SignInForm): string {
  const back = returnTo === undefined ? "" : hidden("return_to", returnTo);
  const query = returnTo === undefined ? "" : `?return_to=${encodeURIComponent(returnTo)}`;
  return page(
    "Sign in",
    `<h1>Sign in to Floe</h1>
    ${alert(problem)}
    <form method="post" action="/sign-in">
      ${back}
      ${field({ name: "email", label: "Email", type: "email", value: email, autocomplete: "username" })}
      ${field({ name: "password", label: "Password", type: "password", autocomplete: "current-password" })}
      ${field({ name: "code", label: "Code of your authenticator, or a recovery code, if you use one", autocomplete: "one-time-code", optional: true })}
      <button type="submit">Sign in</button>
    </form>
    ${oidc ? `<p><a href="/api/session/oidc/start${escapeHtml(query)}">Sign in with your organisation</a></p>` : ""}`,
  );
}

/** Of a form that was refused, and where whoever filled it in wants to go. */
export interface PasswordForm {
  problem?: string | undefined;
  returnTo?: string | undefined;
}

export function signedInPage({ email, admin, tenants }: SignedIn, form: PasswordForm = {}): string {
  const rights = tenants.map(({ name, role }) => `<li>${escapeHtml(name)}: ${role}</li>`);
  const all = admin ? ["<li>Every tenant: admin</li>", ...rights] : rights;
  return page(
    "Signed in",
    `<h1>You are signed in</h1>
    <p>As ${escapeHtml(email)}.</p>
    ${all.length > 0 ? `<ul>${all.join("")}</ul>` : "<p>You do not belong to a tenant yet.</p>"}
    <p><a href="/dashboard">Open the dashboard</a></p>
    ${signOutForm}
    <h2>Change the password</h2>
    ${changePasswordForm(email, form)}`,
  );
}

/** Of a password that was given to somebody. */
export function changePasswordPage({ email }: SignedIn, form: PasswordForm = {}): string {
  return page(
    "Change your password",
    `<h1>Choose your own password</h1>
    <p>The one you signed in with was given to you.</p>
    ${changePasswordForm(email, form)}
    ${signOutForm}`,
  );
}

export function invitationPage({ email, tenantName, role, known }: OpenInvitation, problem?: string): string {
  const where = tenantName === null ? "Floe" : escapeHtml(tenantName);
  const newcomer = `${field({ name: "name", label: "Your name", autocomplete: "name" })}
      ${field({ name: "password", label: "A password, 12 characters or more", type: "password", autocomplete: "new-password" })}`;
  return page(
    "Invitation",
    `<h1>Join ${where}</h1>
    <p>As ${role}, with ${escapeHtml(email)}.</p>
    ${alert(problem)}
    <form method="post">
      ${known ? "" : newcomer}
      <button type="submit">Join</button>
    </form>`,
  );
}

const signOutForm = `<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>`;

function changePasswordForm(email: string, { problem, returnTo }: PasswordForm): string {
  return `${alert(problem)}
    <form method="post" action="/sign-in/password">
      ${returnTo === undefined ? "" : hidden("return_to", returnTo)}
      <input type="hidden" name="email" autocomplete="username" value="${escapeHtml(email)}">
      ${field({ name: "current_password", label: "The password you have", type: "password", autocomplete: "current-password" })}
      ${field({ name: "new_password", label: "A new one, 12 characters or more", type: "password", autocomplete: "new-password" })}
      <button type="submit">Change it</button>
    </form>`;
}

interface Field {
  name: string;
  label: string;
  type?: "text" | "email" | "password";
  value?: string;
  autocomplete: string;
  optional?: boolean;
}

function field({ name, label, type = "text", value = "", autocomplete, optional }: Field): string {
  const attributes = `name="${name}" type="${type}" autocomplete="${autocomplete}" value="${escapeHtml(value)}"`;
  return `<label>${label}<input ${attributes}${optional ? "" : " required"}></label>`;
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}

function alert(problem: string | undefined): string {
  return problem === undefined ? "" : `<p role="alert">${escapeHtml(problem)}</p>`;
}
