import type { Router } from "express";
import type { Server } from "node:http";
import type pg from "pg";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { FloeCalls } from "../../client/assemble.js";
import type { RedisConnection } from "../../client/redis-connection.js";
import { createAlertFeed } from "../../db/alert-feed.js";
import { createNotificationFeed } from "../../db/notification-feed.js";
import { createProgressFeed } from "../../db/progress-feed.js";
import { createProgressStore } from "../../db/progress.js";
import { asTenant } from "../../db/tenant-pool.js";
import { createLiveTickets } from "../../throttle/live-tickets.js";
import { createProgressBell } from "../../throttle/progress-bell.js";
import type { Authentication } from "../authenticate.js";
import type { TicketBearer } from "./bearer.js";
import { createLiveFeeds } from "./feeds.js";
import { defaultLiveLimits, openLiveGateway, type LiveGateway, type LiveLimits } from "./gateway.js";
import { createLiveMetrics } from "./metrics.js";
import { createLiveTicketRoutes } from "./ticket-routes.js";

export interface LiveInput {
  config: {
    publicUrl: string;
    liveOrigins?: readonly string[] | undefined;
  };
  /** Of tenants: rows are those of `asTenant`. */
  pool: pg.Pool;
  redis: RedisConnection;
  authentication: Authentication;
  floe: Pick<FloeCalls, "tenants" | "rateLimits">;
  registry: Registry;
  limits?: Partial<LiveLimits> | undefined;
  log: Logger;
}

export interface Live {
  routes: Router;
  /** Takes connections from now on. */
  open(server: Server): LiveGateway;
}

const lookEveryMs = 2_000;

/** Live updates, on the adapters that they need. */
export function createLive({
  config,
  pool,
  redis,
  authentication,
  floe,
  registry,
  limits,
  log,
}: LiveInput): Live {
  const tickets = createLiveTickets<TicketBearer>(redis.get);
  const feeds = createLiveFeeds({
    progress: { store: createProgressStore(pool), feed: createProgressFeed(pool) },
    notifications: createNotificationFeed(pool),
    alerts: createAlertFeed(pool),
    bell: createProgressBell(() => redis.open("floe-live")),
    lookEveryMs,
    onError: (error) => log.error({ err: error }, "live.look_failed"),
  });
  const ports = {
    ...{ authentication, tickets, feeds, log },
    requireTenant: (tenantId: string) => asTenant(tenantId, () => floe.tenants.get(tenantId)),
    origins: [new URL(config.publicUrl).origin, ...(config.liveOrigins ?? [])],
    limits: { ...defaultLiveLimits, ...limits },
    metrics: createLiveMetrics(registry),
  };
  return {
    routes: createLiveTicketRoutes({ authentication, tickets, rateLimits: floe.rateLimits }),
    open: (server) => openLiveGateway(server, ports),
  };
}
