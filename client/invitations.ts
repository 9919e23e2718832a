import { v7 as uuidv7 } from "uuid";
import type { Invitation, InvitationStore, OpenInvitation } from "../db/invitations.js";
import type { User } from "../db/users.js";
import { InvalidInput, NotFound } from "../domain/errors.js";
import { parseInput } from "./input.js";
import { hashNewPassword } from "./password-rules.js";
import {
  acceptanceSchema,
  invitationRefSchema,
  invitationsSchema,
  newInvitationSchema,
  type AcceptanceInput,
  type InvitationRef,
  type InvitationsQuery,
  type NewInvitationInput,
} from "./user-input.js";
import { hashOfToken, newSecretToken } from "./secret-token.js";

export type { Invitation } from "../db/invitations.js";

/** The link is in this answer and in no other. */
export type InvitationWithLink = Invitation & { link: string };

export interface Invitations {
  /** A link by which somebody joins, once; to be passed on. @throws InvalidInput, NotFound (tenant) */
  invite(invitation: NewInvitationInput): Promise<InvitationWithLink>;
  /** Newest first; `before` is the last invitation id of the page before. */
  invitations(query?: InvitationsQuery): Promise<Invitation[]>;
  /** Again changes nothing. @throws NotFound, Conflict when it was accepted */
  withdrawInvitation(ref: InvitationRef): Promise<Invitation>;
  /** What the link is to. @throws NotFound when it was used, withdrawn or is over */
  readInvitation(token: string): Promise<OpenInvitation>;
  /** An address without a user becomes one. @throws InvalidInput, NotFound when it was used, withdrawn or is over */
  acceptInvitation(input: AcceptanceInput): Promise<User>;
}

/** @param publicUrl where the link leads; without it, links are paths */
export function createInvitations(store: InvitationStore, publicUrl = ""): Invitations {
  const read = async (token: string): Promise<OpenInvitation> => {
    const invitation = await store.findInvitation(hashOfToken(token));
    if (!invitation) throw gone();
    return invitation;
  };
  return {
    async invite(input) {
      const { actor, lastsMs, ...invitation } = parseInput(newInvitationSchema, input);
      const token = newSecretToken();
      const created = await store.createInvitation({
        ...{ ...invitation, invitationId: uuidv7(), hash: hashOfToken(token) },
        ...{ invitedBy: actor, expiresAt: new Date(Date.now() + lastsMs) },
      });
      return { ...created, link: `${publicUrl}/invitation/${token}` };
    },
    async invitations(query = {}) {
      const { tenantId, ...page } = parseInput(invitationsSchema, query);
      return store.listInvitations(tenantId, page);
    },
    async withdrawInvitation(ref) {
      const { tenantId, invitationId } = parseInput(invitationRefSchema, ref);
      return store.withdrawInvitation(tenantId, invitationId);
    },
    readInvitation: read,
    async acceptInvitation(input) {
      const { token, name, password } = parseInput(acceptanceSchema, input);
      const { email, known } = await read(token);
      const newcomer = known ? null : await newcomerOf({ email, name, password });
      const user = await store.acceptInvitation(hashOfToken(token), newcomer);
      if (!user) throw gone();
      return user;
    },
  };
}

interface Joining {
  email: string;
  name: string | undefined;
  password: string | undefined;
}

async function newcomerOf({ email, name, password }: Joining) {
  if (name === undefined || password === undefined) {
    const missing = { ...(name === undefined && { name }), ...(password === undefined && { password }) };
    throw new InvalidInput(Object.keys(missing).map((field) => ({ field, problem: "is missing" })));
  }
  return { userId: uuidv7(), name, passwordHash: await hashNewPassword(password, { email, name }) };
}

/** The token is not repeated: it would end up in logs. */
function gone(): NotFound {
  return new NotFound("invitation", "that can be accepted by this link");
}
