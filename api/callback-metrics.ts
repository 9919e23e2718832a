import { Counter, type Registry } from "prom-client";
import type { CallbackProvider, CallbackResult, ProviderEvent } from "../domain/provider-reports.js";

export interface CallbackMetrics {
  /** `refused`: not proven to come from the provider. `failed`: not understood, or not written. */
  request: (provider: CallbackProvider, result: "accepted" | "refused" | "failed") => void;
  event: (provider: CallbackProvider, kind: ProviderEvent["kind"], result: CallbackResult) => void;
}

export function createCallbackMetrics(registry: Registry): CallbackMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "callback_requests_total",
    help: "Requests of providers: accepted, refused as not theirs, or failed.",
    labelNames: ["provider", "result"],
    registers,
  });
  const events = new Counter({
    name: "callback_events_total",
    help: "Events that providers told, by kind and what was done with them.",
    labelNames: ["provider", "kind", "result"],
    registers,
  });
  return {
    request: (provider, result) => requests.inc({ provider, result }),
    event: (provider, kind, result) => events.inc({ provider, kind, result }),
  };
}
