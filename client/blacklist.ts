import type { Client } from "@temporalio/client";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type {
  BlacklistHistoryEntry,
  BlacklistOfLists,
  BlacklistReader,
  BlacklistStanding,
} from "../db/blacklists.js";
import { blacklistStatuses } from "../domain/blacklist-changes.js";
import { NotFound } from "../domain/errors.js";
import { blacklistCheckWorkflowId } from "../domain/recurring.js";
import { blacklistCheckerType, type BlacklistCheckReport } from "../workflows/blacklist-messages.js";
import { pageSizeSchema, parseInput, tenantIdSchema } from "./input.js";
import { startOnRequest } from "./on-request.js";

export type { BlacklistHistoryEntry, BlacklistOfLists, BlacklistStanding } from "../db/blacklists.js";
export type { BlacklistCheckReport } from "../workflows/blacklist-messages.js";

const subjectSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9.:_-]{1,253}$/, "must be an address or a domain that mail leaves from");

export const standingsSchema = z.strictObject({
  /** Also what belongs to nodes that every tenant may use; absent: everybody's. */
  tenantId: tenantIdSchema.optional(),
  subject: subjectSchema.optional(),
  status: z.enum(blacklistStatuses).optional(),
});
export type StandingsQuery = z.input<typeof standingsSchema>;

export const historySchema = standingsSchema.omit({ status: true }).extend({
  /** `changeId` of the last row of the page before. */
  before: z
    .string()
    .regex(/^\d{1,18}$/, "must be the changeId of a row")
    .optional(),
  limit: pageSizeSchema,
});
export type HistoryQuery = z.input<typeof historySchema>;

export const checkBlacklistsSchema = standingsSchema.omit({ status: true });
export type CheckBlacklistsInput = z.input<typeof checkBlacklistsSchema>;

/** What DNS blacklists say of the addresses and domains that mail leaves from. An hourly schedule asks them. */
export interface Blacklists {
  /** What stands, listed ones first. */
  list(query?: StandingsQuery): Promise<BlacklistStanding[]>;
  /** What has changed, newest first. */
  history(query?: HistoryQuery): Promise<BlacklistHistoryEntry[]>;
  /** The lists that are asked, and whether they can be believed. */
  lists(): Promise<BlacklistOfLists[]>;
  /** Has the lists asked now, without waiting for it. */
  request(input?: CheckBlacklistsInput): Promise<{ workflowId: string }>;
  /** Asks now, and resolves when all is asked. @throws NotFound when the subject is not one that mail leaves from */
  check(input?: CheckBlacklistsInput): Promise<BlacklistCheckReport>;
}

export function createBlacklists(reader: BlacklistReader, connect: () => Promise<Client>): Blacklists {
  const start = (filter: z.output<typeof checkBlacklistsSchema>) =>
    startOnRequest(connect, blacklistCheckerType, {
      workflowId: blacklistCheckWorkflowId(uuidv7()),
      input: filter,
    });
  return {
    async request(input = {}) {
      const { workflowId } = await start(parseInput(checkBlacklistsSchema, input));
      return { workflowId };
    },
    list: async (query = {}) => reader.listStandings(parseInput(standingsSchema, query)),
    history: async (query = {}) => reader.listChanges(parseInput(historySchema, query)),
    lists: () => reader.listHealth(),
    async check(input = {}) {
      const filter = parseInput(checkBlacklistsSchema, input);
      const handle = await start(filter);
      const report = (await handle.result()) as BlacklistCheckReport;
      if (report.checked === 0 && filter.subject !== undefined)
        throw new NotFound("address or domain that mail leaves from,", filter.subject);
      return report;
    },
  };
}
