import { z } from "zod";
import {
  invitationRefSchema,
  invitationsSchema,
  memberRefSchema,
  memberSchema,
  newInvitationSchema,
  newUserSchema,
  seenUserSchema,
  totpPolicySchema,
  userRefSchema,
  usersSchema,
} from "../../client/user-input.js";
import { memberRoles, roles } from "../../domain/access.js";
import { operation } from "../operation.js";

const user = z.object({
  userId: z.string(),
  email: z.string(),
  name: z.string(),
  admin: z.boolean(),
  mustChangePassword: z.boolean(),
  totp: z.boolean(),
  disabledAt: z.date().nullable(),
  createdBy: z.string(),
  createdAt: z.date(),
  lastSignedInAt: z.date().nullable(),
  memberships: z.array(z.object({ tenantId: z.string(), role: z.enum(memberRoles) })),
});
const userWithPassword = user.extend({ password: z.string() });
const session = z.object({
  sessionId: z.string(),
  method: z.enum(["password", "oidc"]),
  secondFactor: z.boolean(),
  address: z.string(),
  userAgent: z.string().nullable(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  expiresAt: z.date(),
});
const invitation = z.object({
  invitationId: z.string(),
  tenantId: z.string().nullable(),
  email: z.string(),
  role: z.enum(roles),
  invitedBy: z.string(),
  createdAt: z.date(),
  expiresAt: z.date(),
  acceptedAt: z.date().nullable(),
  withdrawnAt: z.date().nullable(),
});
const invitationWithLink = invitation.extend({ link: z.string() });
const totpPolicy = z.object({ tenantId: z.string(), required: z.boolean() });

const path = "/api/users";
const one = `${path}/:user_id`;
const platform = { resource: "users", level: "platform" } as const;
const own = { resource: "users", level: "own" } as const;

const people = [
  operation({
    ...{ ...platform, secret: true, id: "users.create", method: "post", path, status: 201 },
    summary:
      "Create a user; the password is in this answer and in no other, and is to be changed at the first sign-in",
    input: newUserSchema,
    output: userWithPassword,
    call: (floe, input) => floe.users.create(input),
  }),
  operation({
    ...{ ...own, id: "users.list", method: "get", path, page: { cursor: "userId", by: "after" } },
    summary: "Users of a tenant; everybody, for the platform without tenant_id",
    input: usersSchema,
    output: user,
    call: (floe, input) => floe.users.list(input),
  }),
  operation({
    ...{ ...own, id: "users.get", method: "get", path: one },
    summary: "One user",
    input: seenUserSchema,
    output: user,
    call: (floe, input) => floe.users.get(input),
  }),
  operation({
    ...{ ...platform, id: "users.disable", method: "post", path: `${one}/disable` },
    summary: "Disable a user: every session ends, nobody is let in as this user",
    input: userRefSchema,
    output: user,
    call: (floe, input) => floe.users.disable(input),
  }),
  operation({
    ...{ ...platform, id: "users.enable", method: "post", path: `${one}/enable` },
    summary: "Let a disabled user in again",
    input: userRefSchema,
    output: user,
    call: (floe, input) => floe.users.enable(input),
  }),
  operation({
    ...{
      ...platform,
      secret: true,
      id: "users.reset_password",
      method: "post",
      path: `${one}/reset-password`,
    },
    summary: "Give a user a new password, which is in this answer and in no other; every session ends",
    input: userRefSchema,
    output: userWithPassword,
    call: (floe, input) => floe.users.resetPassword(input),
  }),
  operation({
    ...{ ...platform, id: "users.reset_totp", method: "post", path: `${one}/reset-totp` },
    summary: "Take the second factor from a user who lost it; every session ends",
    input: userRefSchema,
    output: user,
    call: (floe, input) => floe.users.resetTotp(input),
  }),
  operation({
    ...{ ...platform, id: "users.sessions", method: "get", path: `${one}/sessions`, isList: true },
    summary: "Where a user is signed in",
    input: userRefSchema,
    output: session,
    call: (floe, input) => floe.users.sessions(input),
  }),
  operation({
    ...{ ...platform, id: "users.sign_out", method: "delete", path: `${one}/sessions` },
    summary: "End every session of a user",
    input: userRefSchema,
    output: z.object({ ended: z.number() }),
    call: (floe, input) => floe.users.signOut(input),
  }),
];

const members = [
  operation({
    ...{ ...platform, id: "users.add_to", method: "post", path: `${one}/membership` },
    summary: "Add a user to a tenant, or change the role there",
    input: memberSchema,
    output: user,
    call: (floe, input) => floe.users.addTo(input),
  }),
  operation({
    ...{ ...own, id: "users.set_role", method: "put", path: `${one}/membership` },
    summary: "Change what a member may in the tenant",
    input: memberSchema,
    output: user,
    call: (floe, input) => floe.users.setRole(input),
  }),
  operation({
    ...{ ...own, id: "users.remove_from", method: "delete", path: `${one}/membership` },
    summary: "Remove a user from a tenant, at once",
    input: memberRefSchema,
    call: (floe, input) => floe.users.removeFrom(input),
  }),
  operation({
    ...{ ...own, id: "users.totp_policy", method: "get", path: "/api/totp-policy" },
    summary: "Whether the tenant is open only to who showed a code of TOTP",
    input: totpPolicySchema.pick({ tenantId: true }),
    output: totpPolicy,
    call: (floe, { tenantId }) => floe.users.totpPolicy(tenantId),
  }),
  operation({
    ...{ ...own, id: "users.set_totp_policy", method: "put", path: "/api/totp-policy" },
    summary: "Open the tenant only to who showed a code of TOTP, or to everybody of it again",
    input: totpPolicySchema,
    output: totpPolicy,
    call: (floe, input) => floe.users.setTotpPolicy(input),
  }),
];

const invitations = [
  operation({
    ...{ ...own, secret: true, id: "users.invite", method: "post", path: "/api/invitations", status: 201 },
    summary: "Invite somebody; the link is in this answer and in no other, and lets in once",
    input: newInvitationSchema,
    output: invitationWithLink,
    call: (floe, input) => floe.users.invite(input),
  }),
  operation({
    ...{ ...own, id: "users.invitations", method: "get", path: "/api/invitations" },
    ...{ page: { cursor: "invitationId", by: "before" } },
    summary: "Invitations, newest first; never their links",
    input: invitationsSchema,
    output: invitation,
    call: (floe, input) => floe.users.invitations(input),
  }),
  operation({
    ...{ ...own, id: "users.withdraw_invitation", method: "delete", path: "/api/invitations/:invitation_id" },
    summary: "Withdraw an invitation: nobody joins by its link",
    input: invitationRefSchema,
    output: invitation,
    call: (floe, input) => floe.users.withdrawInvitation(input),
  }),
];

export const userOperations = [...people, ...members, ...invitations];
