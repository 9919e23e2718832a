import { z } from "zod";
import type { List, ListStore } from "../db/lists.js";
import { nameSchema, parseInput, tenantIdSchema } from "./input.js";

export type { List } from "../db/lists.js";

const listSchema = z.strictObject({ tenantId: tenantIdSchema, name: nameSchema });
export type NewList = z.input<typeof listSchema>;

export interface Lists {
  /** Safe to repeat: an existing list of that name is returned as it is. @throws InvalidInput, NotFound (tenant) */
  create(list: NewList): Promise<List & { created: boolean }>;
  /** By name. */
  list(tenantId: string): Promise<List[]>;
}

export function createLists(store: ListStore): Lists {
  return {
    create: async (list) => store.createList(parseInput(listSchema, list)),
    list: async (tenantId) => store.listLists(parseInput(tenantIdSchema, tenantId)),
  };
}
