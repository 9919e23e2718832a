/** What checks blacklists: names are stored in histories, and are public API. */
import type { ListReport, SubjectFilter } from "../activities/blacklist-ports.js";

/** Empty: everything. */
export type BlacklistCheckInput = SubjectFilter;

export interface BlacklistCheckReport {
  /** Addresses and domains. */
  checked: number;
  /** Questions that were not answered. */
  failed: number;
  listed: number;
  delisted: number;
  /** Nodes that were paused. */
  paused: string[];
  lists: ListReport[];
}

/** `workflows/blacklist` exports a function of this name. */
export const blacklistCheckerType = "blacklistChecker";
