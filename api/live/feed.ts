import type { Level, Resource } from "../../domain/access.js";
import { InvalidInput } from "../../domain/errors.js";

/** One thing that became so. */
export interface LiveUpdate {
  /** Where a reader stands that has taken it. */
  sequence: string;
  /** Of what it is about: a later update of the same id says all that an earlier one did. */
  id: string;
  /** Null: of nobody in particular. */
  user: string | null;
  data: unknown;
}

/** Which of a tenant's updates. */
export interface LiveFilter {
  user?: string | undefined;
  id?: string | undefined;
}

export interface LivePage {
  updates: LiveUpdate[];
  /** Everything up to it that was asked for has been read; nothing of it can appear later. */
  through: string;
}

/**
 * What can be told of one tenant, in an order in which nothing appears behind a reader's back. Sequences are texts to whoever
 * is told: only their feed can compare them.
 */
export interface LiveFeed {
  readonly resource: Resource;
  /** Default: `read`. */
  readonly level?: Level;
  /** Where a reader begins who wants what comes from now on. */
  position(): Promise<string>;
  /** @param limit more than this are left for the next page */
  read(filter: LiveFilter, after: string, limit: number): Promise<LivePage>;
  /** How everything stands, and the sequence behind which the rest follows. */
  snapshot(filter: LiveFilter): Promise<{ sequence: string; data: unknown[] }>;
  /** True when something behind the sequence may be gone. @throws InvalidInput when it is no sequence of this feed */
  isGap(sequence: string): Promise<boolean>;
  /** @throws NotFound when what the filter names is not there, or is another user's */
  requireSubject(filter: LiveFilter): Promise<void>;
  /** Negative when `a` comes before `b`. */
  compare(a: string, b: string): number;
  /** Whether an update is of those asked for. */
  matches(filter: LiveFilter, update: LiveUpdate): boolean;
}

/** Rows of a snapshot. */
export const snapshotRows = 500;

export function notACursor(): InvalidInput {
  return new InvalidInput([
    { field: "cursor", problem: "must be the sequence of a message of this channel" },
  ]);
}
