import type { ReplayProgress } from "../domain/dead-letters.js";
import type { ExportKind } from "../domain/exports.js";
import type { Lane } from "../domain/lanes.js";

/** Work that stands as open again, and whose workflow has to be told or started. */
export type RevivedWork =
  | { kind: "send"; tenantId: string; sendId: string }
  | { kind: "emails"; tenantId: string; groupId: string; lane: Lane; sendAt: Date | null }
  | { kind: "webhook"; tenantId: string; webhookId: string; region: string | null }
  | { kind: "import"; tenantId: string; importId: string }
  | { kind: "export"; tenantId: string; exportId: string; exportKind: ExportKind }
  | { kind: "graph"; tenantId: string; runId: string };

export interface ReplayStore {
  /**
   * Takes up the next letters of a replay that runs: their work is open again, their items are `revived`, in one
   * transaction. Of a replay that is paused or has ended, none.
   * @throws NotFound
   */
  revivePage(replayId: string): Promise<{ taken: number; perSecond: number }>;
  /** What is `revived`: a page, and what a process that died has left behind. */
  loadRevived(replayId: string): Promise<{ deadLetterIds: string[]; work: RevivedWork[] }>;
  /** Their work has been told: they count as replayed. */
  markReplayed(replayId: string, deadLetterIds: string[]): Promise<void>;
  /** Completes a replay that runs and has nothing left. */
  settleReplay(replayId: string): Promise<ReplayProgress>;
}

/** May be called again for the same work. */
export type WakeWork = (work: RevivedWork) => Promise<void>;
