import { z } from "zod";
import type { List, ListStore } from "../db/lists.js";
import {
  contactIdSchema,
  namePageSchema,
  nameSchema,
  parseInput,
  tenantIdSchema,
  type NamePage,
} from "./input.js";

export type { List } from "../db/lists.js";

export const listSchema = z.strictObject({ tenantId: tenantIdSchema, name: nameSchema });
export type NewList = z.input<typeof listSchema>;

/** `list`: id or name. */
export const listRefSchema = z.strictObject({ tenantId: tenantIdSchema, list: nameSchema });
export type ListRef = z.input<typeof listRefSchema>;

export const listChangeSchema = listRefSchema.extend({ name: nameSchema });
export type ListChange = z.input<typeof listChangeSchema>;

const mostMembers = 10_000;
export const membersSchema = listRefSchema.extend({
  contactIds: z.array(contactIdSchema).min(1, "is empty").max(mostMembers, `has more than ${mostMembers}`),
});
export type ListMembers = z.input<typeof membersSchema>;

export interface Lists {
  /** Safe to repeat: an existing list of that name is returned as it is. @throws InvalidInput, NotFound (tenant) */
  create(list: NewList): Promise<List & { created: boolean }>;
  /** By name: all, or a page. */
  list(tenantId: string, page?: NamePage): Promise<List[]>;
  /** @throws NotFound */
  get(ref: ListRef): Promise<List>;
  /** Gives it another name. @throws InvalidInput, NotFound, Conflict when the name is taken */
  update(change: ListChange): Promise<List>;
  /** Its contacts stay. @throws NotFound, Conflict while something is, or was, sent to it or a segment asks for it */
  remove(ref: ListRef): Promise<void>;
  /** Contacts that are not there, and those that it holds already, are passed over. @throws NotFound */
  addContacts(members: ListMembers): Promise<{ added: number }>;
  /** @throws NotFound */
  removeContacts(members: ListMembers): Promise<{ removed: number }>;
}

export function createLists(store: ListStore): Lists {
  return {
    create: async (list) => store.createList(parseInput(listSchema, list)),
    list: async (tenantId, page) =>
      store.listLists(parseInput(tenantIdSchema, tenantId), parseInput(namePageSchema.optional(), page)),
    get: async (ref) => {
      const { tenantId, list } = parseInput(listRefSchema, ref);
      return store.loadList(tenantId, list);
    },
    update: async (change) => {
      const { tenantId, list, name } = parseInput(listChangeSchema, change);
      return store.renameList(tenantId, list, name);
    },
    remove: async (ref) => {
      const { tenantId, list } = parseInput(listRefSchema, ref);
      return store.removeList(tenantId, list);
    },
    addContacts: async (members) => {
      const { tenantId, list, contactIds } = parseInput(membersSchema, members);
      return { added: await store.addMembers(tenantId, list, contactIds) };
    },
    removeContacts: async (members) => {
      const { tenantId, list, contactIds } = parseInput(membersSchema, members);
      return { removed: await store.removeMembers(tenantId, list, contactIds) };
    },
  };
}
