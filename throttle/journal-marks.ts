import type { Redis } from "ioredis";
import { asError, Unavailable } from "../domain/errors.js";
import { packBits } from "./bitmap.js";
import { beforeDeadline } from "./deadline.js";
import { marksScript, notOwner } from "./journal-script.js";

/** What this process has to tell Redis about one batch. */
interface BatchMarks {
  /** Who announces for this batch here; null once two attempts did: neither may take an announcement back. */
  token: string | null;
  /** Breaks of the connection before the journal was taken over. */
  openedAfter: number;
  accepted: Set<number>;
  withdrawn: Set<number>;
  announcements: Announcement[];
  /** Answered when every command on the wire is. */
  writing: Promise<void> | undefined;
}

interface Announcement {
  token: string;
  bits: number[];
  settle: (outcome: boolean | Error) => void;
}

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
  /** Resolves when Redis has it; false when another token owns the journal. @throws Unavailable */
  announce(key: string, token: string, bits: number[]): Promise<boolean>;
  accept(key: string, bit: number): void;
  withdraw(key: string, bits: number[]): void;
  /** Resolves when no acceptance of this batch is missing in Redis, and its withdrawals have been tried. */
  written(key: string): Promise<void>;
  forget(key: string): void;
  flush(): Promise<void>;
}

const retryMs = 100;
/** Batches remembered for their token alone; attempts that failed without dropping their journal leave them behind. */
const mostBatches = 10_000;

/**
 * What one turn of the event loop has to say, about all batches, is one command: with 20 connections, one for three to
 * ten messages at full speed. Acceptances are repeated until Redis has them; withdrawals only save a doubt and are tried once.
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
      accepted: new Set(),
      withdrawn: new Set(),
      announcements: [],
      writing: undefined,
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
    const sections = [...due].flatMap((key) => sectionsOf(key, batches.get(key)));
    due.clear();
    if (sections.length > 0) write(sections);
  };

  const write = (sections: Section[]) => {
    const keys = sections.map(({ key }) => key);
    const call = beforeDeadline(redis, () =>
      marksScript.run(redis, keys, sections.flatMap(argumentsOf)),
    ).then(
      (replies) =>
        sections.forEach(({ announcements }, i) => {
          for (const { settle } of announcements) settle((replies as number[])[i] !== notOwner);
        }),
      (error: unknown) => {
        for (const section of sections) failed(section, asError(error));
      },
    );
    for (const { marks } of sections) track(marks, call);
  };

  const failed = ({ key, marks, accepted, announcements }: Section, error: Error) => {
    for (const { settle } of announcements) settle(error);
    if (accepted.length === 0 || batches.get(key) !== marks) return;
    for (const bit of accepted) marks.accepted.add(bit);
    setTimeout(schedule, retryMs, key);
  };

  const written = async (key: string) => {
    for (let marks = batches.get(key); marks && isWriting(marks); marks = batches.get(key)) {
      if (redis.status === "end") throw new Unavailable("Redis");
      await (marks.writing ?? new Promise((resolve) => setTimeout(resolve, 5)));
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
    announce: (key, token, bits) => {
      const marks = marksOf(key);
      // A Redis that restarted may lack the last marks that it acknowledged: it delays writing its file while the disk is busy.
      if (marks.openedAfter < breaks) return Promise.reject(new Unavailable("Redis"));
      // A withdrawal that has not left yet must not follow.
      for (const bit of bits) marks.withdrawn.delete(bit);
      schedule(key);
      return new Promise((resolve, reject) => {
        const settle = (outcome: boolean | Error) =>
          typeof outcome === "boolean" ? resolve(outcome) : reject(outcome);
        marks.announcements.push({ token, bits, settle });
      });
    },
    accept: (key, bit) => {
      marksOf(key).accepted.add(bit);
      schedule(key);
    },
    withdraw: (key, bits) => {
      const marks = marksOf(key);
      for (const bit of bits) marks.withdrawn.add(bit);
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
function sectionsOf(key: string, marks: BatchMarks | undefined): Section[] {
  if (!marks) return [];
  const [withdrawn, accepted] = [[...marks.withdrawn], [...marks.accepted]];
  const announcements = marks.announcements;
  marks.withdrawn.clear();
  marks.accepted.clear();
  marks.announcements = [];
  const sections = new Map<string, Section>();
  const sectionOf = (token: string) => {
    const section = sections.get(token) ?? {
      ...{ key, marks, token, withdrawn: [], accepted: [], announcements: [] },
    };
    sections.set(token, section);
    return section;
  };
  if (marks.token !== null && withdrawn.length > 0) sectionOf(marks.token).withdrawn = withdrawn;
  for (const announcement of announcements) sectionOf(announcement.token).announcements.push(announcement);
  if (accepted.length > 0)
    (sections.values().next().value ?? sectionOf(marks.token ?? "")).accepted = accepted;
  return [...sections.values()];
}

function argumentsOf({ token, withdrawn, announcements, accepted }: Section): (string | number | Buffer)[] {
  const announced = announcements.flatMap(({ bits }) => bits);
  const packed = [withdrawn, announced, accepted].map(packBits);
  return [token, ...packed.flatMap(({ offset, bytes }) => [offset, bytes])];
}

function refuseAnnouncements(marks: BatchMarks | undefined): void {
  for (const { settle } of marks?.announcements.splice(0) ?? []) settle(new Unavailable("Redis"));
}

function isWriting({ accepted, withdrawn, writing }: BatchMarks): boolean {
  return accepted.size > 0 || withdrawn.size > 0 || writing !== undefined;
}

/** Adds a command to those on the wire. */
function track(marks: BatchMarks, call: Promise<void>): void {
  const all: Promise<void> = Promise.all([marks.writing, call]).then(() => {
    if (marks.writing === all) marks.writing = undefined;
  });
  marks.writing = all;
}

function removeOldestIdle(batches: Map<string, BatchMarks>): void {
  for (const [key, marks] of batches) {
    if (isWriting(marks) || marks.announcements.length > 0) continue;
    batches.delete(key);
    return;
  }
}
