import type { AlertFeed } from "../../db/alert-feed.js";
import type { NotificationFeed } from "../../db/notification-feed.js";
import { asTenant } from "../../db/tenant-pool.js";
import type { ProgressBell } from "../../throttle/progress-bell.js";
import { createAlertsLive } from "./alerts-live.js";
import type { LiveFeed } from "./feed.js";
import { platformTenant } from "../../client/notifications.js";
import { createNotificationsLive } from "./notifications-live.js";
import { createProgressLive, type ProgressLivePorts } from "./progress-live.js";
import { createTail, type Tail } from "./tail.js";

export type FeedKind = "progress" | "notifications" | "alerts" | "platform-alerts";

export interface LiveFeeds {
  of(tenantId: string, kind: FeedKind): LiveFeed;
  /** Shared by all who follow the same in this process; each lets go of it once. */
  follow(tenantId: string, kind: FeedKind): { tail: Tail; release: () => Promise<void> };
}

export interface LiveFeedPorts {
  progress: ProgressLivePorts;
  notifications: NotificationFeed;
  alerts: AlertFeed;
  /** Work that ends is both progress and, mostly, a notification. */
  bell: ProgressBell;
  lookEveryMs: number;
  onError: (error: unknown) => void;
}

export function createLiveFeeds(ports: LiveFeedPorts): LiveFeeds {
  const { bell, lookEveryMs, onError } = ports;
  const tails = new Map<string, { tail: Tail; followers: number }>();
  const of = (tenantId: string, kind: FeedKind): LiveFeed =>
    underTenant(kind === "platform-alerts" ? platformTenant : tenantId, feedOf(ports, tenantId, kind));
  return {
    of,
    follow(tenantId, kind) {
      const name = `${kind} ${tenantId}`;
      const listen = (onRing: () => void) => bell.listen(tenantId, onRing);
      const create = () => createTail({ feed: of(tenantId, kind), listen, lookEveryMs, onError });
      const shared = tails.get(name) ?? { tail: create(), followers: 0 };
      tails.set(name, shared);
      shared.followers += 1;
      return {
        tail: shared.tail,
        release: async () => {
          shared.followers -= 1;
          if (shared.followers > 0) return;
          tails.delete(name);
          await shared.tail.stop();
        },
      };
    },
  };
}

function feedOf(ports: LiveFeedPorts, tenantId: string, kind: FeedKind): LiveFeed {
  switch (kind) {
    case "progress":
      return createProgressLive(ports.progress, tenantId);
    case "notifications":
      return createNotificationsLive(ports.notifications, tenantId);
    case "alerts":
      return createAlertsLive(ports.alerts, tenantId);
    case "platform-alerts":
      return createAlertsLive(ports.alerts, null);
  }
}

/** No statement for a socket runs outside of its tenant (row-level security), whoever's turn it is that reads. */
function underTenant(tenantId: string, feed: LiveFeed): LiveFeed {
  return {
    ...feed,
    position: () => asTenant(tenantId, () => feed.position()),
    read: (...args) => asTenant(tenantId, () => feed.read(...args)),
    snapshot: (filter) => asTenant(tenantId, () => feed.snapshot(filter)),
    isGap: (sequence) => asTenant(tenantId, () => feed.isGap(sequence)),
    requireSubject: (filter) => asTenant(tenantId, () => feed.requireSubject(filter)),
  };
}
