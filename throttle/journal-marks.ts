import type { Redis } from "ioredis";
import { asError, Unavailable } from "../domain/errors.js";
import { beforeDeadline } from "./deadline.js";
import { marksScript, notOwner } from "./journal-script.js";

/** What this process has to tell Redis about one batch. */
interface BatchMarks {
  /** Who announces for this batch here; null once two attempts did: neither may take an announcement back. */
  token: string | null;
  /** Breaks of the connection before the journal was taken over. */
  openedAfter: number;
  accepted: number[];
  withdrawn: number[];
  announcements: Announcement[];
  /** Commands on the wire. */
  writing: number;
}

interface Announcement {
  token: string;
  bits: readonly number[];
  answer: Answer;
}

/** Whether the token owns the journal, or why that is not known. */
type Answer = (outcome: boolean | Error) => void;

/** One batch's part of a command. */
interface Section {
  key: string;
  marks: BatchMarks;
  token: string;
  withdrawn: number[];
  accepted: number[];
  announcements: Announcement[];
}

export interface JournalMarks {
  /** `token` announces from now on. */
  open(key: string, token: string): void;
  /** Answers true when Redis has it, false when another token owns the journal, `Unavailable` when Redis does not answer. */
  announce(key: string, announcement: Announcement): void;
  accept(key: string, bit: number): void;
  withdraw(key: string, bits: number[]): void;
  /** Resolves when no acceptance of this batch is missing in Redis, and its withdrawals have been tried. */
  written(key: string): Promise<void>;
  forget(key: string): void;
  flush(): Promise<void>;
}

const retryMs = 100;
/** How often somebody who waits for marks to be written looks again. */
const lookMs = 5;
/** Batches remembered for their token alone; attempts that failed without dropping their journal leave them behind. */
const mostBatches = 10_000;

/**
 * What one turn of the event loop has to say, about all batches, is one command: with 20 connections, one for ten messages
 * at full speed. Acceptances are repeated until Redis has them; withdrawals only save a doubt and are tried once. No promises
 * on the way of a message: see `WireMessage`.
 */
export function createJournalMarks(redis: Redis): JournalMarks {
  const batches = new Map<string, BatchMarks>();
  const due = new Set<string>();
  let scheduled = false;
  let breaks = 0;
  redis.on("close", () => (breaks += 1));

  const marksOf = (key: string): BatchMarks => {
    const known = batches.get(key);
    if (known) return known;
    const marks: BatchMarks = {
      token: null,
      openedAfter: breaks,
      accepted: [],
      withdrawn: [],
      announcements: [],
      writing: 0,
    };
    batches.set(key, marks);
    return marks;
  };

  const schedule = (key: string) => {
    due.add(key);
    if (scheduled) return;
    scheduled = true;
    setImmediate(writeDue);
  };

  const writeDue = () => {
    if (redis.status !== "ready") {
      for (const key of due) refuseAnnouncements(batches.get(key));
      if (redis.status !== "end") redis.once("ready", writeDue);
      return;
    }
    scheduled = false;
    const sections: Section[] = [];
    for (const key of due) addSections(sections, key, batches.get(key));
    due.clear();
    if (sections.length > 0) write(sections);
  };

  const write = (sections: Section[]) => {
    const keys = sections.map(({ key }) => key);
    for (const { marks } of sections) marks.writing += 1;
    beforeDeadline(redis, () => marksScript.run(redis, keys, sections.map(textOf))).then(
      (replies) =>
        sections.forEach(({ marks, announcements }, i) => {
          marks.writing -= 1;
          for (const { answer } of announcements) answer((replies as number[])[i] !== notOwner);
        }),
      (error: unknown) => {
        for (const section of sections) failed(section, asError(error));
      },
    );
  };

  const failed = ({ key, marks, accepted, announcements }: Section, error: Error) => {
    marks.writing -= 1;
    for (const { answer } of announcements) answer(error);
    if (accepted.length === 0 || batches.get(key) !== marks) return;
    marks.accepted.push(...accepted);
    setTimeout(schedule, retryMs, key);
  };

  const written = async (key: string) => {
    for (let marks = batches.get(key); marks && isWriting(marks); marks = batches.get(key)) {
      if (redis.status === "end") throw new Unavailable("Redis");
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  };

  return {
    open: (key, token) => {
      const another = batches.get(key);
      const marks = marksOf(key);
      marks.token = another && another.token !== token ? null : token;
      marks.openedAfter = breaks;
      if (batches.size > mostBatches) removeOldestIdle(batches);
    },
    announce: (key, announcement) => {
      const marks = marksOf(key);
      // A Redis that restarted may lack the last marks that it acknowledged: it delays writing its file while the disk is busy.
      if (marks.openedAfter < breaks) return announcement.answer(new Unavailable("Redis"));
      // A withdrawal that has not left yet must not follow.
      if (marks.withdrawn.length > 0)
        marks.withdrawn = marks.withdrawn.filter((bit) => !announcement.bits.includes(bit));
      marks.announcements.push(announcement);
      schedule(key);
    },
    accept: (key, bit) => {
      marksOf(key).accepted.push(bit);
      schedule(key);
    },
    withdraw: (key, bits) => {
      marksOf(key).withdrawn.push(...bits);
      schedule(key);
    },
    written,
    forget: (key) => void batches.delete(key),
    flush: async () => {
      await Promise.all([...batches.keys()].map(written));
    },
  };
}

/** Takes everything due out of a batch's marks; a section for each token, where two attempts announce at once. */
function addSections(sections: Section[], key: string, marks: BatchMarks | undefined): void {
  if (!marks) return;
  const { accepted, withdrawn, announcements } = marks;
  const before = sections.length;
  const sectionOf = (token: string): Section => {
    for (let at = before; at < sections.length; at += 1) {
      const known = sections[at];
      if (known?.token === token) return known;
    }
    const section: Section = { key, marks, token, withdrawn: [], accepted: [], announcements: [] };
    sections.push(section);
    return section;
  };
  if (marks.token !== null && withdrawn.length > 0) sectionOf(marks.token).withdrawn = withdrawn;
  for (const announcement of announcements) sectionOf(announcement.token).announcements.push(announcement);
  if (accepted.length > 0) (sections[before] ?? sectionOf(marks.token ?? "")).accepted = accepted;
  marks.accepted = [];
  marks.withdrawn = [];
  marks.announcements = [];
}

/** As `marksScript` reads it. */
function textOf({ token, withdrawn, announcements, accepted }: Section): string {
  let announced = "";
  for (const { bits } of announcements) announced += `${announced === "" ? "" : ","}${bits.join()}`;
  return `${token};${withdrawn.join()};${announced};${accepted.join()}`;
}

function refuseAnnouncements(marks: BatchMarks | undefined): void {
  for (const { answer } of marks?.announcements.splice(0) ?? []) answer(new Unavailable("Redis"));
}

function isWriting({ accepted, withdrawn, writing }: BatchMarks): boolean {
  return accepted.length > 0 || withdrawn.length > 0 || writing > 0;
}

function removeOldestIdle(batches: Map<string, BatchMarks>): void {
  for (const [key, marks] of batches) {
    if (isWriting(marks) || marks.announcements.length > 0) continue;
    batches.delete(key);
    return;
  }
}
