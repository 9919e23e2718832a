import type { JobFilter, JobKind, jobStates } from "../domain/jobs.js";
import { laneQueue, lanes } from "../domain/lanes.js";

/** Puts a value into a statement. @returns its `$n` */
export type Bind = (value: unknown) => string;

/** What the list shows of a job beside its id, kind and state; each an SQL expression. */
export interface JobColumns {
  title: string;
  /** URL of a webhook's endpoint. */
  endpoint?: string;
  campaignId?: string;
  queue: string;
  attempts?: string;
  error?: string;
  startedAt: string;
  finishedAt: string;
  /** When it is tried, or begins; of an email that is retried the latest it may be. */
  nextAttemptAt?: string;
}

/** Filters that only some kinds know; a kind without one has no job that matches. */
export interface JobMatches {
  queue?: (queue: string, bind: Bind) => string | null;
  /** An index leads to these two. */
  webhookId?: (value: string) => string;
  campaignId?: (value: string) => string;
  /** Of a pattern for `ilike`; `error` alone, and with the name of what it is about. */
  error?: (pattern: string) => string;
  text?: (pattern: string) => string;
}

/** Rows of a range of an index, newest first. */
export interface JobWalk<State extends string = string> {
  /** Those of one status, by an index that has it before the time. */
  status?: string;
  /** Of the source's table alone. */
  within?: string;
  /** The condition of each state that rows of the range are in; null: of those in none of the others. */
  states: { [Name in State]?: string | null };
}

/** What is joined with a row: always one. */
export interface JobJoin {
  table: string;
  on: string;
  /** Which of several; absent: there is only one. */
  first?: string;
}

/**
 * One kind of work as the list of jobs reads it: ranges of an index, newest first. States exclude one another, and together
 * they are all of the kind's jobs.
 */
export interface JobSource<Kind extends JobKind = JobKind> {
  /** With its alias. */
  table: string;
  joins?: readonly JobJoin[];
  tenant: string;
  id: string;
  /** Of the id. `uuidv7`: the id says when it was made, and its order is that of time. */
  idType: "uuid" | "uuidv7" | "bigint";
  /** When it was made; null: the id says it. */
  created: string | null;
  columns: JobColumns;
  walks: readonly JobWalk<keyof (typeof jobStates)[Kind] & string>[];
  /** Which rows of the table are jobs; absent: each. */
  isJob?: string;
  /** States that have no error: they are not looked at for one. */
  faultless?: readonly string[];
  /** There may be millions that went well: texts are searched among the others only. */
  many?: true;
  matches: JobMatches;
  /** The same jobs by another index, where a filter asks for it; what has a recipient is found by it. */
  ledBy?: (filter: JobFilter, bind: Bind) => JobSource<Kind> | null;
}

/** All work of a kind has the same queue. */
export function onlyQueue(own: string): JobMatches["queue"] {
  return (queue) => (queue === own ? "true" : null);
}

/** A lane's work has the lane's queue. */
export function inLane(column: string): JobMatches["queue"] {
  return (queue, bind) => {
    const lane = lanes.find((one) => laneQueue(one) === queue);
    return lane === undefined ? null : `${column} = ${bind(lane)}`;
  };
}

/** The queue of the lane in a column. */
export function laneQueueOf(column: string): string {
  const whens = lanes.map((lane) => `when '${lane}' then '${laneQueue(lane)}'`);
  return `case ${column} ${whens.join(" ")} end`;
}

/**
 * A condition on other tables, asked row by row: as a join the planner would take it for so selective that it sorts all rows
 * of a state before it gives the first.
 */
export function rowByRow(condition: string): string {
  return `((${condition}) is true)`;
}
