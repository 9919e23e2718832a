import { heartbeat } from "@temporalio/activity";
import {
  blacklistQuery,
  judgeSelfTest,
  readAnswer,
  selfTestSubjects,
  type Verdict,
} from "../domain/blacklist-answers.js";
import type { Blacklist } from "../domain/blacklists.js";
import type {
  AskDns,
  BlacklistStore,
  FoundVerdict,
  ListReport,
  SubjectFilter,
  WatchedSubject,
} from "./blacklist-ports.js";
import { withFailures } from "./failures.js";

export interface CheckPage extends SubjectFilter {
  /** Subject of the page before; null: the first. */
  after: string | null;
  /** Lists that passed their test, by kind. */
  believed: Pick<ListReport, "zone" | "kind">[];
}

export interface CheckedPage {
  /** Null: that was the last page. */
  next: string | null;
  /** Subjects, whoever's they are. */
  checked: number;
  /** Questions without an answer that says something. */
  failed: number;
  listed: number;
  delisted: number;
  paused: string[];
}

/** What the hourly check does; each may be repeated at any moment. */
export interface BlacklistActivities {
  /** Looks up where the hosts of our own nodes lead. */
  resolveNodeHosts(): Promise<{ addresses: number }>;
  /** A list's answers count only after it has passed (RFC 5782, 5). */
  testBlacklists(): Promise<ListReport[]>;
  checkBlacklistPage(page: CheckPage): Promise<CheckedPage>;
  forgetUnwatched(): Promise<void>;
}

export interface BlacklistPorts {
  store: BlacklistStore;
  lists: readonly Blacklist[];
  ask: AskDns;
  /** Public addresses; null when nobody knows, and what was known stays. */
  hostAddresses: (host: string) => Promise<string[] | null>;
}

const pageSize = 100;
/** A list that is silent so often in a row is not asked for the rest of the page. */
const silentLimit = 3;

export function createBlacklistActivities({
  store,
  lists,
  ask,
  hostAddresses,
}: BlacklistPorts): BlacklistActivities {
  async function test(list: Blacklist, kind: ListReport["kind"]): Promise<ListReport> {
    const subjects = selfTestSubjects(list, kind);
    const asking = (subject: string) => ask(blacklistQuery(subject, kind, list.zone));
    const [clean, ...listed] = await Promise.all([subjects.clean, ...subjects.listed].map(asking));
    const health = judgeSelfTest(list, listed, clean ?? { kind: "none" });
    return { zone: list.zone, kind, health };
  }

  /** One list about all subjects of a page, one question after the other. */
  async function askList(
    list: Blacklist,
    kind: ListReport["kind"],
    subjects: string[],
  ): Promise<Map<string, Verdict>> {
    const verdicts = new Map<string, Verdict>();
    let silent = 0;
    for (const subject of subjects) {
      if (silent >= silentLimit) {
        verdicts.set(subject, { kind: "error", reason: "It had stopped answering and was not asked." });
        continue;
      }
      const answer = await ask(blacklistQuery(subject, kind, list.zone));
      silent = answer.kind === "failed" ? silent + 1 : 0;
      verdicts.set(subject, readAnswer(list, answer));
      heartbeat(subject);
    }
    return verdicts;
  }

  async function verdictsOn(
    watched: WatchedSubject[],
    believed: CheckPage["believed"],
  ): Promise<FoundVerdict[]> {
    const asked = believed.map(async ({ zone, kind }) => {
      const list = lists.find((one) => one.zone === zone);
      const of = watched.filter((one) => one.kind === kind);
      if (!list || of.length === 0) return [];
      const verdicts = await askList(list, kind, [...new Set(of.map(({ subject }) => subject))]);
      return of.flatMap((one) => {
        const verdict = verdicts.get(one.subject);
        return verdict ? [{ ...one, zone, verdict, removalUrl: list.removalUrl }] : [];
      });
    });
    return (await Promise.all(asked)).flat();
  }

  return withFailures({
    async resolveNodeHosts() {
      const found = [];
      for (const { nodeId, host } of await store.listHosts()) {
        heartbeat(nodeId);
        const addresses = await hostAddresses(host);
        if (addresses) found.push({ nodeId, addresses });
      }
      await store.recordHostAddresses(found);
      return { addresses: found.flatMap(({ addresses }) => addresses).length };
    },

    async testBlacklists() {
      const reports = await Promise.all(lists.flatMap((list) => list.kinds.map((kind) => test(list, kind))));
      await store.recordListHealth(reports);
      return reports;
    },

    async checkBlacklistPage({ after, believed, ...filter }: CheckPage) {
      const watched = await store.findSubjects({ ...filter, after, limit: pageSize });
      const subjects = [...new Set(watched.map(({ subject }) => subject))];
      const found = await verdictsOn(watched, believed);
      return {
        ...(await store.recordVerdicts(found)),
        next: subjects.length < pageSize ? null : (subjects.at(-1) ?? null),
        checked: subjects.length,
        failed: found.filter(({ verdict }) => verdict.kind === "error").length,
      };
    },

    forgetUnwatched: () => store.forgetOthers(lists.map(({ zone }) => zone)),
  });
}
