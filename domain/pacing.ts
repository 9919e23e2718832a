/** Of durable work on many things, taken up page by page at a rate: replays of dead letters, actions on many jobs. */

/** Taken up in one transaction: every one of them may need a workflow started, tens of milliseconds each. */
const largestPage = 200;

/** At a slow rate each page is what a second allows, so that the rate holds within a page too. */
export function pacedPageSize(perSecond: number): number {
  return Math.min(largestPage, Math.max(1, Math.floor(perSecond)));
}

/** How long to wait after a page of `taken` that took `tookMs`. */
export function pacedPauseMs(taken: number, perSecond: number, tookMs: number): number {
  return Math.max(0, Math.round((taken * 1_000) / perSecond - tookMs));
}
