import type { ProviderEvent } from "../../../domain/provider-reports.js";

/** An event as its provider documents it, and what Floe understands. */
export interface CallbackSample {
  name: string;
  payload: Record<string, unknown>;
  event: Partial<ProviderEvent>;
}

export const agent = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0";
