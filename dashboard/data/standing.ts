import { useSyncExternalStore } from "react";

/** Whether the API answers, and whether anybody is signed in: told by every request, shown once for the whole page. */
export interface Standing {
  /** Since when it has not answered; null: it does. */
  awaySince: number | null;
  signedOut: boolean;
}

let standing: Standing = { awaySince: null, signedOut: false };
const listeners = new Set<() => void>();

function change(next: Standing): void {
  standing = next;
  for (const listener of listeners) listener();
}

export function tellAway(): void {
  if (standing.awaySince === null) change({ ...standing, awaySince: Date.now() });
}

export function tellAnswered(): void {
  if (standing.awaySince !== null) change({ ...standing, awaySince: null });
}

export function tellSignedOut(): void {
  if (!standing.signedOut) change({ ...standing, signedOut: true });
}

export function tellSignedIn(): void {
  if (standing.signedOut) change({ ...standing, signedOut: false });
}

export function useStanding(): Standing {
  return useSyncExternalStore(subscribe, () => standing);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
