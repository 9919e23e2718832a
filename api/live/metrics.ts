import { Counter, Gauge, type Registry } from "prom-client";

export interface LiveMetrics {
  connected(delta: 1 | -1): void;
  refused(status: number): void;
  message(direction: "in" | "out", type: string): void;
  coalesced(updates: number): void;
  resumed(): void;
  gap(): void;
  ended(reason: string): void;
}

export function createLiveMetrics(registry: Registry): LiveMetrics {
  const registers = [registry];
  const connections = new Gauge({
    ...{ name: "live_connections", help: "Open connections for live updates.", registers },
  });
  const refused = new Counter({
    ...{ name: "live_refused_total", help: "Connections that were not opened.", registers },
    labelNames: ["status"],
  });
  const messages = new Counter({
    ...{ name: "live_messages_total", help: "Messages of live updates.", registers },
    labelNames: ["direction", "type"],
  });
  const coalesced = new Counter({
    name: "live_coalesced_total",
    help: "Updates that were not sent because a later one of the same id stood for them: the reader was slow.",
    registers,
  });
  const resumes = new Counter({
    ...{ name: "live_resumes_total", help: "Subscriptions that went on behind a cursor.", registers },
  });
  const gaps = new Counter({
    name: "live_gaps_total",
    help: "Subscriptions whose cursor was too old, which got a snapshot instead.",
    registers,
  });
  const ended = new Counter({
    ...{ name: "live_ended_total", help: "Connections that the server ended.", registers },
    labelNames: ["reason"],
  });
  return {
    connected: (delta) => connections.inc(delta),
    refused: (status) => refused.inc({ status: String(status) }),
    message: (direction, type) => messages.inc({ direction, type }),
    coalesced: (updates) => coalesced.inc(updates),
    resumed: () => resumes.inc(),
    gap: () => gaps.inc(),
    ended: (reason) => ended.inc({ reason }),
  };
}
