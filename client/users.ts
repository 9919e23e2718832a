import { v7 as uuidv7 } from "uuid";
import type { MembershipStore } from "../db/memberships.js";
import type { SecondFactorStore } from "../db/second-factors.js";
import type { Session, SessionStore } from "../db/sessions.js";
import type { User, UserStore } from "../db/users.js";
import { givenPasswordMs } from "../domain/sessions.js";
import { parseInput, tenantIdSchema } from "./input.js";
import type { Invitations } from "./invitations.js";
import { hashPassword, newGivenPassword } from "./password-hash.js";
import {
  memberRefSchema,
  memberSchema,
  newUserSchema,
  seenUserSchema,
  totpPolicySchema,
  userRefSchema,
  usersSchema,
  type MemberInput,
  type MemberRef,
  type NewUserInput,
  type SeenUserRef,
  type TotpPolicy,
  type UserRef,
  type UsersQuery,
} from "./user-input.js";

export type { Session } from "../db/sessions.js";
export type { User } from "../db/users.js";

/** The password is in this answer and in no other; it lets in for seven days, and is to be changed then. */
export type UserWithPassword = User & { password: string };

/** People: who signs in, and what they may where. */
export interface Users extends Invitations {
  /** Belongs nowhere yet, but for an admin, who may everything. @throws InvalidInput, Conflict when the address has a user */
  create(user: NewUserInput): Promise<UserWithPassword>;
  /** Those of a tenant, or everybody; `after` is the last user id of the page before. */
  list(query?: UsersQuery): Promise<User[]>;
  /** @throws NotFound, also for somebody who does not belong to the tenant */
  get(ref: SeenUserRef): Promise<User>;
  /** Nobody is let in as this user, at once. Again changes nothing. @throws NotFound, Conflict for the only admin */
  disable(ref: UserRef): Promise<User>;
  /** @throws NotFound */
  enable(ref: UserRef): Promise<User>;
  /** A new password, and every session ends. @throws NotFound */
  resetPassword(ref: UserRef): Promise<UserWithPassword>;
  /** No code is asked for any more, and every session ends. @throws NotFound */
  resetTotp(ref: UserRef): Promise<User>;
  /** Again changes the role. @throws NotFound (user, tenant) */
  addTo(member: MemberInput): Promise<User>;
  /** Of a member. @throws NotFound */
  setRole(member: MemberInput): Promise<User>;
  /** From now on, at once; again changes nothing. @throws NotFound (tenant) */
  removeFrom(ref: MemberRef): Promise<void>;
  /** Where they are signed in, newest first. @throws NotFound */
  sessions(ref: UserRef): Promise<Session[]>;
  /** Ends every session. @returns how many. @throws NotFound */
  signOut(ref: UserRef): Promise<{ ended: number }>;
  /** Whether a tenant is open only to who showed a code of TOTP. @throws NotFound */
  totpPolicy(tenantId: string): Promise<TotpPolicy>;
  /** @throws NotFound */
  setTotpPolicy(policy: TotpPolicy): Promise<TotpPolicy>;
}

export interface UserStores {
  users: UserStore;
  memberships: MembershipStore;
  sessions: SessionStore;
  secondFactors: Pick<SecondFactorStore, "removeTotp">;
}

export function createUsers(stores: UserStores, invitations: Invitations): Users {
  const { users, memberships, sessions } = stores;
  return {
    ...invitations,
    ...createUserChanges(stores),
    async list(query = {}) {
      const { tenantId, ...page } = parseInput(usersSchema, query);
      return users.listUsers(tenantId, page);
    },
    async get(ref) {
      const { tenantId, userId } = parseInput(seenUserSchema, ref);
      return users.loadUser(tenantId, userId);
    },
    async addTo(input) {
      const member = parseInput(memberSchema, input);
      await memberships.addMember(member);
      return users.loadUser(member.tenantId, member.userId);
    },
    async setRole(input) {
      const member = parseInput(memberSchema, input);
      await memberships.setRole(member);
      return users.loadUser(member.tenantId, member.userId);
    },
    async removeFrom(ref) {
      const { tenantId, userId } = parseInput(memberRefSchema, ref);
      await memberships.removeMember(tenantId, userId);
    },
    async sessions(ref) {
      const { userId } = await users.loadUser(null, parseInput(userRefSchema, ref).userId);
      return sessions.listSessions(userId);
    },
    async totpPolicy(input) {
      const tenantId = parseInput(tenantIdSchema, input);
      return { tenantId, required: await memberships.requiresTotp(tenantId) };
    },
    async setTotpPolicy(input) {
      const policy = parseInput(totpPolicySchema, input);
      await memberships.requireTotp(policy.tenantId, policy.required);
      return policy;
    },
  };
}

type UserChanges = Pick<Users, "create" | "disable" | "enable" | "resetPassword" | "resetTotp" | "signOut">;

function createUserChanges({ users, sessions, secondFactors }: UserStores): UserChanges {
  const idOf = (ref: UserRef): string => parseInput(userRefSchema, ref).userId;
  return {
    async create(input) {
      const { actor, ...user } = parseInput(newUserSchema, input);
      const { password, ...given } = await givePassword();
      const created = await users.createUser({ ...user, ...given, userId: uuidv7(), createdBy: actor });
      return { ...created, password };
    },
    disable: async (ref) => users.setDisabled(idOf(ref), true),
    enable: async (ref) => users.setDisabled(idOf(ref), false),
    async resetPassword(ref) {
      const userId = idOf(ref);
      const { password, passwordHash: hash, passwordExpiresAt: expiresAt } = await givePassword();
      return { ...(await users.setPassword(userId, { hash, expiresAt })), password };
    },
    async resetTotp(ref) {
      const userId = idOf(ref);
      await secondFactors.removeTotp(userId);
      await sessions.endSessions(userId);
      return users.loadUser(null, userId);
    },
    async signOut(ref) {
      const { userId } = await users.loadUser(null, idOf(ref));
      return { ended: await sessions.endSessions(userId) };
    },
  };
}

export interface GivenPassword {
  password: string;
  passwordHash: string;
  passwordExpiresAt: Date;
}

export async function givePassword(): Promise<GivenPassword> {
  const password = newGivenPassword();
  const passwordExpiresAt = new Date(Date.now() + givenPasswordMs);
  return { password, passwordHash: await hashPassword(password), passwordExpiresAt };
}
