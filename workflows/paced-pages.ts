import { condition, continueAsNew, setCurrentDetails, sleep, workflowInfo } from "@temporalio/workflow";

export interface PacedPage<Progress> {
  progress: Progress;
  /** Before the next page, so that the rate holds. */
  waitMs: number;
}

export interface PacedWork<Progress> {
  nextPage: () => Promise<PacedPage<Progress>>;
  /** Told of every page. */
  onPage: (progress: Progress) => void;
  describe: (progress: Progress) => string;
  /** True once something was changed since it was last asked for a page; the next page clears it. */
  changed: { current: boolean };
  /** Input of the run that goes on. */
  input: unknown;
}

/** Also asked now and then while it is paused: the signal of a resume may have been lost with its sender. */
const lookWhilePaused = "10m";

/**
 * Work on many things, page by page. Which ones, and how far it has come, is in Postgres, and so is whether it is paused: the
 * workflow may be ended at any moment and started again with the same input.
 */
export async function takePages<Progress extends { status: string }>(
  work: PacedWork<Progress>,
): Promise<Progress> {
  for (;;) {
    work.changed.current = false;
    const { progress, waitMs } = await work.nextPage();
    work.onPage(progress);
    setCurrentDetails(work.describe(progress));
    if (progress.status === "completed" || progress.status === "cancelled") return progress;
    if (progress.status === "paused") await condition(() => work.changed.current, lookWhilePaused);
    else if (waitMs > 0) await sleep(waitMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew(work.input);
  }
}
