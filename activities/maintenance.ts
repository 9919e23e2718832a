import { heartbeat } from "@temporalio/activity";
import { withFailures } from "./failures.js";
import type {
  CleanupLine,
  CleanupStore,
  ConsistencyStore,
  Finding,
  OpenWorkStore,
  OrphanedFiles,
  RecordFindings,
  RecordedFinding,
  WorkStarter,
} from "./recurring-ports.js";

export interface MaintenanceActivities {
  /** What would go, table by table; nothing is changed. */
  previewCleanup(): Promise<CleanupLine[]>;
  listCleanupTables(): Promise<string[]>;
  /** Small deletes until nothing old is left in the table. Killed in between, another attempt goes on where it stood. */
  deleteOldRows(input: { table: string }): Promise<CleanupLine>;
  dropOldPartitions(): Promise<CleanupLine[]>;
  checkConsistency(input: CheckInput): Promise<RecordedFinding[]>;
}

export interface CheckInput {
  repair: boolean;
  /** Sends that ended within so many days are counted. */
  days: number;
}

/** Runs where the data folder is: on workers of imports. */
export interface FileCleanupActivities {
  removeOrphanedFiles(input: { dryRun: boolean }): Promise<CleanupLine>;
}

export interface MaintenancePorts {
  cleanup: CleanupStore;
  consistency: ConsistencyStore;
  work: Pick<OpenWorkStore, "findIdle">;
  starter: WorkStarter;
  recordFindings: RecordFindings;
}

const sendsOfPage = 50;
/** A workflow that is being started, or has just ended, is no finding. */
const settlingMs = 60_000;

export function createMaintenanceActivities(ports: MaintenancePorts): MaintenanceActivities {
  const { cleanup } = ports;
  return withFailures({
    async previewCleanup() {
      const lines = await cleanup.findOldPartitions();
      for (const table of cleanup.tables()) {
        heartbeat(table);
        lines.push({ what: table, rows: await cleanup.countOld(table) });
      }
      return lines;
    },

    listCleanupTables: async () => cleanup.tables(),

    async deleteOldRows({ table }: { table: string }) {
      let rows = 0;
      for (;;) {
        const deleted = await cleanup.deleteOld(table);
        if (deleted === 0) return { what: table, rows };
        rows += deleted;
        heartbeat(rows);
      }
    },

    async dropOldPartitions() {
      const lines: CleanupLine[] = [];
      for (const found of await cleanup.findOldPartitions()) {
        heartbeat(found.what);
        lines.push(
          found.reason === undefined
            ? { what: found.what, rows: await cleanup.dropPartition(found.what) }
            : found,
        );
      }
      return lines;
    },

    async checkConsistency({ repair, days }: CheckInput) {
      const found: RecordedFinding[] = [];
      const record = async (finding: Finding, mend: () => Promise<boolean>): Promise<void> => {
        heartbeat(finding.subjectId);
        const repaired = repair && finding.repairable && (await mend());
        found.push({ ...finding, action: repaired ? "repaired" : "reported" });
      };
      for await (const finding of findingsOf(ports.consistency, days)) {
        await record(finding, () => ports.consistency.repair(finding));
      }
      for (const item of await ports.work.findIdle(settlingMs)) {
        if (await ports.starter.isRunning(item)) continue;
        const finding: Finding = {
          kind: `${item.kind}-without-workflow`,
          subjectId: item.id,
          tenantId: item.tenantId,
          detail: `It is open since ${item.since}, but no workflow has it.`,
          repairable: true,
        };
        await record(finding, () => ports.starter.start(item).then(() => true));
      }
      await ports.recordFindings("consistency-check", found);
      return found;
    },
  });
}

export function createFileCleanupActivities(files: OrphanedFiles): FileCleanupActivities {
  return withFailures({
    async removeOrphanedFiles({ dryRun }: { dryRun: boolean }) {
      const found = await files.find();
      for (const path of dryRun ? [] : found) {
        heartbeat();
        await files.remove(path);
      }
      return { what: "files", rows: found.length };
    },
  });
}

type Page = Awaited<ReturnType<ConsistencyStore["checkSends"]>>;

async function* findingsOf(store: ConsistencyStore, days: number): AsyncGenerator<Finding> {
  yield* await store.checkCounters();
  for (let after: string | null = null; ;) {
    const page: Page = await store.checkSends({ days, after, limit: sendsOfPage });
    yield* page.findings;
    heartbeat(page.next);
    if (page.next === null) return;
    after = page.next;
  }
}
